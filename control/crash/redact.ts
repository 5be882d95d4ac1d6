/**
 * Removes secrets and personal data from a value: known secrets, home folder, user and host name, and what looks like a
 * secret (secret_patterns.ts). Prefers to redact too much, since a bundle is made to be shared.
 */
import os from 'node:os'
import { isSecretFlag, isSecretKey, redactPatterns, SECRET_MARK } from './secret_patterns.ts'

export interface Identity {
  homeDir: string
  userName: string
  hostName: string
  environment: Readonly<Record<string, string | undefined>>
}

export const ENV_MARK = '[env value]'
const USER_MARK = '[user]'
const HOST_MARK = '[host]'

/** A shorter value of `env` ("1", "cpu") occurs in too many words to be searched outside of `env`. */
const ENV_VALUE_LENGTH_MIN = 4
/** A shorter secret is only replaced as a whole word. */
const LENGTH_EVERYWHERE = 6
/** Minimum length for an inherited variable whose name does not mark it as a secret. */
const INHERITED_LENGTH_MIN = 8
const SECRET_LENGTH_MIN = 3
/** A shorter name is only replaced as a whole word. */
const NAME_LENGTH_EVERYWHERE = 4
const REMEMBERED_LENGTH_MAX = 32
/** Default user and host names: they identify nobody and are parts of ordinary words. */
const NAMES_OF_NOBODY = new Set(
  'root user users admin administrator node ubuntu debian runner docker nobody app localhost'.split(
    ' ',
  ),
)

export function currentIdentity(): Identity {
  return {
    homeDir: os.homedir(),
    userName: userName(),
    hostName: os.hostname(),
    environment: process.env,
  }
}

/** Returns a redacted copy of any JSON value. Secrets found in `value` are redacted everywhere in it. */
export function redactValue(value: unknown, identity: Identity): unknown {
  const secrets = [...secretsIn(value), ...secretsOfEnvironment(identity.environment)]
  const redactText = createTextRedactor(identity, secrets)
  return redactDeep(value, rememberingShort(redactText))
}

/** Most texts of a card are keys and names that repeat in each of its lines. */
function rememberingShort(redactText: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    if (text.length > REMEMBERED_LENGTH_MAX) return redactText(text)
    const redacted = known.get(text) ?? redactText(text)
    known.set(text, redacted)
    return redacted
  }
}

export function createTextRedactor(
  { homeDir, userName, hostName }: Omit<Identity, 'environment'>,
  secrets: readonly string[],
): (text: string) => string {
  const literal = literalPattern(secrets)
  const home = homePattern(homeDir)
  const user = namePattern([userName])
  const host = namePattern([hostName, hostName.split('.')[0] ?? ''])
  return (text) => {
    let rest = literal === null ? text : text.replaceAll(literal, SECRET_MARK)
    if (home !== null) rest = rest.replaceAll(home, '~')
    for (const pattern of ANY_HOME) rest = rest.replaceAll(pattern, `$1${USER_MARK}`)
    rest = redactPatterns(rest)
    rest = withoutFolders(rest)
    if (host !== null) rest = rest.replaceAll(host, HOST_MARK)
    return user === null ? rest : rest.replaceAll(user, USER_MARK)
  }
}

/** Values of `env`, of secret keys, and after secret options. */
export function secretsIn(value: unknown): string[] {
  const found = new Set<string>()
  const note = (secret: unknown, lengthMin: number) => {
    if (typeof secret === 'string' && secret.trim().length >= lengthMin) found.add(secret)
  }
  const visit = (at: unknown): void => {
    if (Array.isArray(at)) {
      for (const [index, element] of at.entries()) {
        if (isFlag(at[index - 1])) note(element, SECRET_LENGTH_MIN)
        visit(element)
      }
    } else if (isRecord(at)) {
      for (const [key, member] of Object.entries(at)) {
        if (isSecretKey(key)) note(member, SECRET_LENGTH_MIN)
        if (isEnv(key, member)) {
          for (const [name, text] of Object.entries(member)) {
            if (isSecretKey(name)) note(text, SECRET_LENGTH_MIN)
            else if (!isPlainValue(text)) note(text, ENV_VALUE_LENGTH_MIN)
          }
        }
        visit(member)
      }
    }
  }
  visit(value)
  return [...found]
}

function secretsOfEnvironment(environment: Identity['environment']): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (isSecretKey(name)) return value.trim().length >= ENV_VALUE_LENGTH_MIN ? [value] : []
    const isHarmless =
      HARMLESS_VARIABLES.test(name) ||
      isPlainValue(value) ||
      /^(?:[\\/~.]|[A-Za-z]:[\\/])/.test(value)
    return isHarmless || value.trim().length < INHERITED_LENGTH_MIN ? [] : [value]
  })
}

/** Variables of the system, shell, desktop, Node, Python and GPU libraries. Paths are redacted as paths. */
const HARMLESS_VARIABLES =
  /^(?:PATH|PATHEXT|PWD|OLDPWD|HOME|USER|LOGNAME|USERNAME|USERDOMAIN.*|USERPROFILE|COMPUTERNAME|HOST|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|OS|SHELL|SHLVL|_|LANG|LANGUAGE|LC_.*|TERM|TERM_.*|COLORTERM|COLUMNS|LINES|TZ|EDITOR|VISUAL|PAGER|LESS.*|LS_COLORS|PS\d|MAIL|DISPLAY|WAYLAND_DISPLAY|XDG_.*|DESKTOP_.*|GTK_.*|QT_.*|KDE_.*|GNOME_.*|SESSION_MANAGER|DBUS_.*|TMP|TEMP|TMPDIR|SystemRoot|SystemDrive|windir|ComSpec|PROCESSOR_.*|NUMBER_OF_PROCESSORS|Program.*|CommonProgram.*|ALLUSERSPROFILE|APPDATA|LOCALAPPDATA|PUBLIC|DriverData|NODE|NODE_.*|NPM_.*|INIT_CWD|ELECTRON_.*|VSCODE_.*|VITEST.*|PYTHON.*|VIRTUAL_ENV.*|CONDA_.*|CUDA.*|NVIDIA_.*|HIP_.*|ROCM_.*|LD_LIBRARY_PATH|DYLD_.*|OMP_.*|MKL_.*|ORT_.*|CI|INVOCATION_ID|JOURNAL_STREAM|SWITCHYARD_(?:HOST|PORT|STATE_DIR|PARENT_PID|CASES))$/i

/** Numbers and ordinary setting values are not secrets, and logs are full of them. */
function isPlainValue(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    (/^[\d.,:%x-]*$/.test(value.trim())
      ? value.trim().length < 10
      : PLAIN_WORDS.has(value.trim().toLowerCase()))
  )
}
const PLAIN_WORDS = new Set(
  'true false none null auto default yes no on off enabled disabled info debug warn warning error trace critical verbose cuda cpu gpu rocm mps utf8 utf-8 en_us.utf-8 c.utf-8 localhost production development staging test testing release prod native platform json text plain linux darwin windows python python3 node bash user root'.split(
    ' ',
  ),
)

function redactDeep(value: unknown, redactText: (text: string) => string): unknown {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) {
    return value.map((element, index) =>
      isFlag(value[index - 1]) ? SECRET_MARK : redactDeep(element, redactText),
    )
  }
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      redactText(key),
      redactMember(key, member, redactText),
    ]),
  )
}

function redactMember(key: string, member: unknown, redactText: (text: string) => string): unknown {
  if (isEnv(key, member)) {
    return Object.fromEntries(Object.keys(member).map((name) => [redactText(name), ENV_MARK]))
  }
  const isPlain = member === null || typeof member === 'boolean'
  return isSecretKey(key) && !isPlain ? SECRET_MARK : redactDeep(member, redactText)
}

/** Matches secrets as written, and as encoded in JSON, URLs and base64; longest first, since one may contain another. */
function literalPattern(secrets: readonly string[]): RegExp | null {
  const forms = new Set(secrets.flatMap(formsOf))
  if (forms.size === 0) return null
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  const alternatives = longestFirst.map((form) =>
    form.length >= LENGTH_EVERYWHERE
      ? escapePattern(form)
      : `(?<![A-Za-z0-9])${escapePattern(form)}(?![A-Za-z0-9])`,
  )
  return new RegExp(alternatives.join('|'), 'g')
}

function formsOf(secret: string): string[] {
  const forms = [secret, secret.trim(), JSON.stringify(secret).slice(1, -1)]
  // A log may contain the lines of a secret, such as a private key, separately.
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  forms.push(...lines.filter((line) => line.length >= ENV_VALUE_LENGTH_MIN))
  // A lone surrogate cannot be URL-encoded; toWellFormed is not in ES2023.
  if (!/\p{Surrogate}/u.test(secret)) forms.push(encodeURIComponent(secret))
  // Without the end, which depends on the bytes that follow.
  const base64 = Buffer.from(secret).toString('base64').replaceAll('=', '')
  if (base64.length >= 10) forms.push(base64.slice(0, -1))
  return forms
}

/** The home folder with either slash, and with doubled backslashes as in JSON; null for `/`. */
function homePattern(homeDir: string): RegExp | null {
  const parts = homeDir.split(/[\\/]+/).filter((part) => part !== '')
  const name = parts.at(-1)
  if (name === undefined || /^[A-Za-z]:$/.test(name)) return null
  const lead = /^[\\/]/.test(homeDir) ? '[\\\\/]+' : ''
  // `/root` is also a prefix of other words.
  const end = parts.length === 1 ? '(?![\\w-])' : ''
  return new RegExp(lead + parts.map(escapePattern).join('[\\\\/]+') + end, 'gi')
}

/** Other users' home folders. A Windows name may contain spaces when another folder follows. */
const ANY_HOME = [
  /(\/(?:home|Users)\/+)[^\s\\/:"'<>|]{1,200}/gi,
  /([A-Za-z]:[\\/]+Users[\\/]+)(?:[^\\/:"'<>|\r\n]{1,60}(?=[\\/])|[^\s\\/:"'<>|]{1,200})/gi,
]

/** Drives and shares are named after people and projects. */
const VOLUMES = /((?:\/run)?\/(?:media|mnt|Volumes)\/+)[^\s\\/:"'<>|]{1,200}/gi
/** System folders help to explain a crash and contain no personal data. */
const SYSTEM_FOLDERS =
  'usr|lib|lib32|lib64|libx32|bin|sbin|etc|proc|sys|dev|run|snap|nix|gnu|System|Library|Applications|home|Users|root|media|mnt|Volumes|opt\\/(?:conda|rocm|cuda|nvidia|intel|homebrew|venv|python)'
const SEGMENT = String.raw`[^\s\\/:"'<>|,;()\[\]{}]{1,255}`
const UNIX_PATH = new RegExp(
  String.raw`(?:(?<=file:\/\/)|(?<![\w./\\:~\]-]))\/(?!(?:${SYSTEM_FOLDERS})\/)(?:${SEGMENT}\/){2,}(?:${SEGMENT})?`,
  'g',
)
const WINDOWS_PATH = new RegExp(
  String.raw`(?<!\w)[A-Za-z]:[\\/]+(?!(?:Users|Windows|Program Files|ProgramData)\b)(?:${SEGMENT}[\\/]+){1,}(?:${SEGMENT})?`,
  'gi',
)
const PACKAGES = /[\\/](?:site-packages|dist-packages|node_modules)[\\/]/g

/** Keeps the last part of other paths, and what follows a package folder. */
function withoutFolders(text: string): string {
  const shorten = (found: string) => {
    const packages = [...found.matchAll(PACKAGES)].at(-1)?.index
    const last = Math.max(found.lastIndexOf('/'), found.lastIndexOf('\\'))
    return `[path]${found.slice(packages ?? last)}`
  }
  return text
    .replace(VOLUMES, '$1[volume]')
    .replace(UNIX_PATH, shorten)
    .replace(WINDOWS_PATH, shorten)
}

function namePattern(names: readonly string[]): RegExp | null {
  const wanted = [...new Set(names.map((name) => name.toLowerCase()))]
    .filter((name) => name.length >= 2 && !NAMES_OF_NOBODY.has(name))
    .sort((a, b) => b.length - a.length)
  if (wanted.length === 0) return null
  const alternatives = wanted.map((name) =>
    name.length >= NAME_LENGTH_EVERYWHERE
      ? escapePattern(name)
      : `(?<![\\p{L}\\p{N}])${escapePattern(name)}(?![\\p{L}\\p{N}])`,
  )
  return new RegExp(alternatives.join('|'), 'giu')
}

function userName(): string {
  try {
    return os.userInfo().username
  } catch {
    // The user id has no passwd entry, as in many containers.
    return ''
  }
}

const escapePattern = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
const isFlag = (value: unknown) => typeof value === 'string' && isSecretFlag(value)
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const isEnv = (key: string, member: unknown): member is Record<string, unknown> =>
  /^env(?:ironment)?$/i.test(key) && isRecord(member) && !Array.isArray(member)
