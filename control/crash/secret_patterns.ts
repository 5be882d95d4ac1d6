/** Patterns of secrets, and of names that hold one, applied in order. redact.ts handles known secrets and personal data. */

export const SECRET_MARK = '[secret]'

/** Part of a key, variable or option with a secret value; excludes counts such as `max_tokens`. */
const SECRET_NAME =
  'passw(?:or)?d|passphrase|pwd|secret|token(?!s|i[sz])|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|session[_-]?key|credential|authori[sz]ation|cookie|connection[_-]?string|webhook|(?<![a-z])(?:dsn|pass|pw|key|auth|otp)(?![a-z])'

const SECRET_KEY = new RegExp(SECRET_NAME, 'i')
const SECRET_FLAG = new RegExp(`^--?[\\w-]*(?:${SECRET_NAME})[\\w-]*$`, 'i')

export const isSecretKey = (key: string) => SECRET_KEY.test(key)
export const isSecretFlag = (argument: string) => SECRET_FLAG.test(argument)

interface PatternRow {
  what: string
  /** A long run of characters is matched only from its start, which keeps matching linear. */
  pattern: RegExp
  replace: string | ((...groups: string[]) => string)
}

/** A value after a name: in escaped quotes (JSON inside JSON), in quotes, or up to a separator; unless it is redacted already. */
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
    what: 'user and password of HTTP Basic, RFC 7617',
    pattern: /(basic\s{1,3})(?=[A-Za-z+/]{0,400}[\d=])[A-Za-z0-9+/]{6,}={0,2}/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'user and password in a URL, RFC 3986, or a token in their place',
    pattern: /(:\/\/)(?:[^\s/@:"']{0,200}:[^\s/@"']{1,400}|[^\s/@:"']{16,200})@/g,
    replace: (_all, before) => `${before}${SECRET_MARK}@`,
  },
  {
    what: 'user and password after curl -u',
    pattern: /((?<![\w-])(?:-u|--user)[ =]["']?)[^\s:"']{1,100}:[^\s"']{1,200}/g,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'address that is a secret itself: webhooks of Slack, Discord, Teams, Google Chat',
    pattern:
      /(hooks\.slack(?:-gov)?\.com\/|discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/|webhook\.office\.com\/|chat\.googleapis\.com\/v1\/spaces\/)[^\s"'<>]+/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'secret key beside its AWS key id, or after the name of one without a sign between',
    pattern:
      /((?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9+/][^\r\n]{0,80}?|secret[_ -]?(?:access[_ -]?)?key["']?\s{1,3})(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/])/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'forty characters in small and capital letters and digits, as secret keys of AWS; a SHA-1 has no capitals',
    pattern:
      /(?<![\w+/.-])(?=[A-Za-z0-9+/]{0,39}[A-Z])(?=[A-Za-z0-9+/]{0,39}[a-z])(?=[A-Za-z0-9+/]{0,39}\d)[A-Za-z0-9+/]{40}(?![\w+/.-])/g,
    replace: SECRET_MARK,
  },
  {
    what: 'key of Weights & Biases, which looks like a SHA-1',
    pattern: /((?:wandb|weights ?& ?biases|w&b)[^\r\n]{0,80}?)(?<![\w-])[0-9a-f]{40}(?!\w)/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
  },
  {
    what: 'password in a sentence',
    pattern:
      /((?:password|passphrase|passwort|secret|token|api key) (?:is|was|of) )["']?[^\s"',;]{4,}/gi,
    replace: (_all, before) => `${before}${SECRET_MARK}`,
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
    what: 'key with the prefix of its issuer',
    pattern: new RegExp(
      [
        // OpenAI, Anthropic, OpenRouter, Stripe; xAI, Replicate, Groq, Perplexity, Cerebras, Fireworks, NVIDIA, Hugging Face
        'sk[-_](?=[\\w-]{0,80}\\d)[\\w-]{16,}|[rp]k_(?:live|test)_\\w{8,}|whsec_[\\w+/=]{8,}',
        'xai-[\\w-]{16,}|r8_\\w{16,}|gsk_\\w{16,}|pplx-\\w{16,}|csk-\\w{16,}|fw_\\w{16,}|nvapi-[\\w-]{20,}',
        '(?:hf|api_org)_[A-Za-z0-9]{16,}|wandb_v\\d_\\w{16,}|lsv2_\\w{16,}|pcsk_\\w{16,}|tvly-[\\w-]{16,}|jina_\\w{16,}',
        // GitHub, GitLab, npm, PyPI, Docker Hub
        'gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\\w{20,}|gl(?:pat|dt|rt|ptt|ft|soat|cbt)-[\\w.-]{16,}',
        'npm_[A-Za-z0-9]{30,}|pypi-[\\w-]{30,}|dckr_[po]at_[\\w-]{16,}',
        // AWS, Google, DigitalOcean, Vault, Tailscale, Grafana, Sentry, Supabase
        '(?:AKIA|ASIA)[A-Z0-9]{16,}|AIza[\\w-]{30,}|ya29\\.[\\w-]{16,}|GOCSPX-[\\w-]{16,}|do[opr]_v1_[0-9a-f]{32,}',
        'hv[sb]\\.[\\w-]{20,}|tskey-[\\w-]{16,}|glsa_\\w{20,}|sntry[su]_[\\w+/=]{20,}|sbp_[0-9a-f]{32,}',
        // Slack, Discord, Telegram, Twilio, SendGrid, Mailgun, Shopify, Linear, Notion, Figma, Postman, Atlassian
        'xox[a-z](?:\\.xox[a-z])?-[\\w-]{10,}|xapp-[\\w-]{10,}|mfa\\.[\\w-]{20,}',
        '(?<![\\w-])[MNO][\\w-]{22,27}\\.[\\w-]{6}\\.[\\w-]{27,}|(?<!\\w)\\d{8,10}:AA[\\w-]{32,34}(?![\\w-])',
        '(?<!\\w)(?:SK|AC)[0-9a-f]{32}(?!\\w)|SG\\.[\\w-]{16,}\\.[\\w-]{16,}|(?<!\\w)key-[0-9a-f]{32}(?!\\w)',
        'shp(?:at|ca|pa|ss)_[0-9a-f]{32}|lin_api_\\w{20,}|(?:secret|ntn)_\\w{32,}|figd_[\\w-]{20,}|PMAK-[\\w-]{20,}|ATATT[\\w=-]{20,}',
      ].join('|'),
      'g',
    ),
    replace: SECRET_MARK,
  },
  {
    what: 'e-mail address',
    pattern:
      /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu,
    replace: '[e-mail]',
  },
]

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
/** The opening quote is kept for readability. */
const quoteOf = (value = '') => /^\\?["']?/.exec(value)?.[0] ?? ''
