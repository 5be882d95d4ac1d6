/**
 * What a secret looks like in a text, and which names hold one: rows of pattern and replacement, applied in order.
 * Secrets that are known word for word, and who the person is, are redact.ts.
 */

export const SECRET_MARK = '[secret]'

/** A part of a key, variable or option whose value is nobody else's business. Counts such as `max_tokens` are not meant. */
const SECRET_NAME =
  'passw(?:or)?d|passphrase|pwd|secret|token(?!s|i[sz])|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|session[_-]?key|credential|authori[sz]ation|cookie|connection[_-]?string|(?<![a-z])dsn'

const SECRET_KEY = new RegExp(SECRET_NAME, 'i')
const SECRET_FLAG = new RegExp(`^--?[\\w-]*(?:${SECRET_NAME})[\\w-]*$`, 'i')

/** Whether a value under this key is a secret, whatever it looks like. */
export const isSecretKey = (key: string) => SECRET_KEY.test(key)
/** Whether the argument after this one is a secret: `--api-key`. */
export const isSecretFlag = (argument: string) => SECRET_FLAG.test(argument)

interface PatternRow {
  what: string
  /** Where a run of characters may be long, it is begun only where no such character stands before: that keeps it linear. */
  pattern: RegExp
  replace: string | ((...groups: string[]) => string)
}

/** A value after a name: in escaped quotes (JSON inside JSON), in quotes, or up to a separator; not one that is out already. */
const VALUE = `(?!\\\\?["']?\\[secret\\])(?:\\\\"(?:[^"\\\\]|\\\\[^"])*|"(?:[^"\\\\]|\\\\.)*|'[^']*|[^\\s,;&"'}\\])]+)`

export const SECRET_PATTERNS: readonly PatternRow[] = [
  {
    what: 'private key in PEM form',
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    replace: '[private key]',
  },
  {
    what: 'base64 in lines, as of MIME and PEM',
    pattern:
      /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{60,76}(?:\\r|\\n|[\r\n])+){2,}[A-Za-z0-9+/]*={0,2}/g,
    replace: (blob) => blobMark(blob),
  },
  {
    what: 'base64 of more than 200 characters',
    pattern: /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{201,}={0,2}/g,
    replace: (blob) => blobMark(blob),
  },
  {
    what: 'header that proves who asks, to the end of its value',
    pattern: /((?:authori[sz]ation|cookie)["'\\]*\s{0,3}[:=]\s{0,3}["'\\]*)[^"'\\\r\n]+/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'bearer token, RFC 6750',
    pattern: /(bearer\s{1,3})[A-Za-z0-9._~+/=-]{6,}/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'user and password in a URL, RFC 3986',
    pattern: /(:\/\/)[^\s/@:"']{0,200}:[^\s/@"']{1,400}@/g,
    replace: (_all, before) => `${before}${SECRET_MARK}@`,
  },
  {
    what: 'value of a secret name: token=x, "api_key": "x", DB_PASSWORD: x',
    pattern: new RegExp(
      `((?:${SECRET_NAME})\\w{0,20}["'\\\\]*\\s{0,3}(?:=>|[:=])\\s{0,3})(${VALUE})`,
      'gi',
    ),
    replace: (_all, before, value) => `${before}${quoteOf(value)}${SECRET_MARK}`,
  },
  {
    what: 'option of a command line: --api-key x',
    pattern: new RegExp(
      `((?<![\\w-])--?[\\w-]{0,40}(?:${SECRET_NAME})[\\w-]{0,20}["']?,?\\s{1,3})(${VALUE})`,
      'gi',
    ),
    replace: (_all, before, value) => `${before}${quoteOf(value)}${SECRET_MARK}`,
  },
  {
    what: 'key in the query of a URL',
    pattern: /([?&](?:key|code|sig|auth|sid|session)=)[^\s&"'#]+/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'JSON Web Token, RFC 7519',
    pattern: /eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g,
    replace: SECRET_MARK,
  },
  {
    what: 'key with the prefix of its issuer: OpenAI and Anthropic, GitHub, Hugging Face, AWS, Google, Slack, GitLab, npm, PyPI, NVIDIA',
    pattern:
      /sk[-_](?=[\w-]{0,80}\d)[\w-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|hf_[A-Za-z0-9]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16,}|AIza[\w-]{30,}|xox[abeprs]-[\w-]{10,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|nvapi-[\w-]{20,}/g,
    replace: SECRET_MARK,
  },
  {
    what: 'e-mail address',
    pattern:
      /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu,
    replace: '[e-mail]',
  },
]

/** Replaces all that looks like a secret. */
export function redactPatterns(text: string): string {
  return SECRET_PATTERNS.reduce(
    (rest, { pattern, replace }) =>
      typeof replace === 'string'
        ? rest.replaceAll(pattern, replace)
        : rest.replaceAll(pattern, (...groups: string[]) => replace(...groups)),
    text,
  )
}

const blobMark = (blob = '') => `[base64, ${blob.length} characters]`
/** The quote that opened a value is kept, so that the text stays readable. */
const quoteOf = (value = '') => /^\\?["']?/.exec(value)?.[0] ?? ''
