/** Joins the lines of a traceback, stack or panic to one entry. An entry that may continue is held briefly. */
import { levelOfWord } from './level_names.ts'
import type { NewLine } from './log_store.ts'

/** Limits of an entry; beyond them the end is kept, since Python names the error last. */
export const FOLD_LINES_MAX = 400
export const FOLD_CHARACTERS_MAX = 128 * 1024
const TAIL_LINES_MAX = 40
const TAIL_CHARACTERS_MAX = 16 * 1024
/** A program writes a stack without pauses: after this time it is complete. */
export const FOLD_PAUSE_MS = 200

export interface LineFolderOptions {
  onEntry(entry: NewLine): void
  now(): number
  later(delayMs: number, act: () => void): () => void
}

type Form =
  /** The error line of a logger; an exception may follow. */
  | 'logged'
  | 'error'
  /** Python frames, until the line that names the exception. */
  | 'frames'
  /** A Python exception group, which ends with a bar. */
  | 'group'
  /** After a Python exception: another one may be chained to it. */
  | 'raised'
  | 'go'
  /** A Rust panic with the message on the next line. */
  | 'panicked'
  /** What Node prints above an uncaught error: place, source line, marker. Only the marker is unmistakable. */
  | 'place'
  | 'source'
  | 'marked'

interface Entry {
  form: Form
  /** The header that some loggers repeat on every line of a traceback. */
  prefix: string
  head: NewLine[]
  headCharacters: number
  tail: string[]
  tailCharacters: number
  cutLines: number
  cutCharacters: number
}

export class LineFolder {
  private readonly options: LineFolderOptions
  private entry: Entry | null = null
  /** The form of an entry that a pause ended: late frames still belong to a traceback. */
  private late: Pick<Entry, 'form' | 'prefix'> | null = null
  private revoke: (() => void) | null = null

  constructor(options: LineFolderOptions) {
    this.options = options
  }

  /** `isPlain` is false for a JSON line, which is never joined. */
  push(line: NewLine, isPlain: boolean): void {
    const { entry, late } = this
    const open = entry ?? late
    const next = isPlain && open !== null ? formAfter(open, line.message) : null
    if (entry !== null && next !== null) this.append(entry, next, line)
    else {
      this.flush()
      const isLate = next !== null && (next === 'frames' || INDENTED.test(line.message))
      const start = isLate ? { form: next, prefix: open?.prefix ?? '' } : startOf(line, isPlain)
      if (start === null) {
        this.options.onEntry(line)
        return
      }
      this.open(line, start)
    }
    this.wait()
  }

  end(): void {
    this.flush()
  }

  private open(line: NewLine, { form, prefix }: Pick<Entry, 'form' | 'prefix'>): void {
    this.entry = {
      ...{ form, prefix, head: [this.dated(line)], headCharacters: line.message.length },
      ...{ tail: [], tailCharacters: 0, cutLines: 0, cutCharacters: 0 },
    }
  }

  private dated(line: NewLine): NewLine {
    return line.time === undefined ? { ...line, time: this.options.now() } : line
  }

  private append(entry: Entry, form: Form, line: NewLine): void {
    const { prefix } = entry
    entry.form = form
    const text = withoutPrefix(line.message, prefix)
    const isFull =
      entry.tail.length > 0 ||
      entry.head.length >= FOLD_LINES_MAX ||
      entry.headCharacters + text.length > FOLD_CHARACTERS_MAX
    if (isFull) appendToTail(entry, text)
    else {
      entry.head.push({ ...this.dated(line), message: text })
      entry.headCharacters += text.length
    }
  }

  private wait(): void {
    this.revoke?.()
    this.revoke = this.options.later(FOLD_PAUSE_MS, () => {
      const { entry } = this
      this.flush()
      this.late = entry
    })
  }

  private flush(): void {
    this.revoke?.()
    this.revoke = null
    this.late = null
    const { entry } = this
    if (entry === null) return
    this.entry = null
    const [first] = entry.head
    if (first === undefined) return
    if (entry.form === 'place' || entry.form === 'source') {
      // Without the marker these were ordinary lines.
      for (const line of entry.head) this.options.onEntry(line)
      return
    }
    this.options.onEntry({ ...first, level: 'error', message: textOf(entry) })
  }
}

function appendToTail(entry: Entry, text: string): void {
  entry.tail.push(text)
  entry.tailCharacters += text.length
  while (
    entry.tail.length > 1 &&
    (entry.tail.length > TAIL_LINES_MAX || entry.tailCharacters > TAIL_CHARACTERS_MAX)
  ) {
    const gone = entry.tail.shift() ?? ''
    entry.tailCharacters -= gone.length
    entry.cutLines++
    entry.cutCharacters += gone.length
  }
}

function textOf({ head, tail, cutLines, cutCharacters }: Entry): string {
  const cut =
    cutLines === 0 ? [] : [`… (${cutLines} lines with ${cutCharacters} characters are not kept)`]
  return [...head.map(({ message }) => message), ...cut, ...tail].join('\n')
}

const INDENTED = /^(?:\s|[|+]\s|\+-)/
const TRACEBACK = /^(.{0,200}?)Traceback \(most recent call last\):$/
const GROUP = /^\s*\+ Exception Group Traceback \(most recent call last\):$/
/** A Python syntax error has no traceback above its place. */
const SYNTAX_PLACE = /^\s+File ".+", line \d+$/
const CHAINED =
  /^(?:During handling of the above exception|The above exception was the direct cause)\b/
/** Node: `/srv/a.js:3`, `node:internal/modules/cjs/loader:1234`. */
const QUOTED_PLACE = /^(?:node:|file:\/\/|\/|[A-Za-z]:\\|\[eval\])\S*:\d+$/
const MARKER = /^\s*\^+\s*$/
const EXCEPTION =
  /^(?:Uncaught )?(?:(?:[\w$]+\.)*[A-Z][\w$]*(?:Error|Exception)|Error)(?: \[\w+\])?(?::|$)/
const GO_START = /^(?:panic: |fatal error: |SIG[A-Z]+: |goroutine \d+ \[.*\]:$)/
const RUST_START = /^thread '.*' (?:\(\d+\) )?panicked at /

/** null for a line that is never continued. */
function startOf(
  { level, message: text }: NewLine,
  isPlain: boolean,
): Pick<Entry, 'form' | 'prefix'> | null {
  if (!isPlain) return null
  const prefix = GROUP.test(text) ? undefined : TRACEBACK.exec(text)?.[1]
  if (prefix !== undefined) return { form: 'frames', prefix }
  const form = formOfStart(text) ?? (level === 'error' ? 'logged' : null)
  return form === null ? null : { form, prefix: '' }
}

function formOfStart(text: string): Form | null {
  if (GROUP.test(text)) return 'group'
  if (SYNTAX_PLACE.test(text)) return 'frames'
  if (GO_START.test(text)) return 'go'
  if (RUST_START.test(text)) return text.endsWith(':') ? 'panicked' : 'error'
  if (QUOTED_PLACE.test(text)) return 'place'
  return EXCEPTION.test(text) ? 'error' : null
}

/** null when the line does not belong to the entry. */
function formAfter({ form, prefix }: Pick<Entry, 'form' | 'prefix'>, line: string): Form | null {
  return NEXT[form](withoutPrefix(line, prefix))
}

/** Only the first line of `ERROR:    Traceback` has the prefix; other loggers repeat it. */
const withoutPrefix = (line: string, prefix: string) =>
  prefix.trim() !== '' && line.startsWith(prefix) ? line.slice(prefix.length) : line

/** Stack lines of Node, Java, Rust and Python's faulthandler that are not indented. */
const OF_STACK =
  /^(?:Caused by:|Suppressed: |Require stack:|- \S|[}\])]|Node\.js v\d|Emitted '.*' event|\(Use `node |[Ss]tack backtrace:|Backtrace:|Location:|note: |(?:Current thread|Thread) 0x|Extension modules:|Python runtime state:)/
const OF_GO =
  /^(?:goroutine \d+ |\[signal |\[recovered|created by |exit status \d+$|runtime stack:|panic: |[\w./-]+\.\S*\(.*\)$|[a-z]{1,2}[a-z0-9]{0,5}\s+0x[\da-f]+$)/
/** `ValueError: bad`, `package.Problem`; but `INFO: text` is a logger's line. */
const NAME = /^([A-Za-z_][\w.]*)(?::\s|:?$)/

const isRaised = (text: string) => {
  const name = NAME.exec(text)?.[1]
  return name !== undefined && levelOfWord(name) === null
}

const afterError = (text: string): Form | null =>
  INDENTED.test(text) || OF_STACK.test(text) ? 'error' : null

const NEXT: Record<Form, (text: string) => Form | null> = {
  logged: (text) => {
    if (GROUP.test(text)) return 'group'
    if (TRACEBACK.exec(text)?.[1] === '') return 'frames'
    if (INDENTED.test(text)) return 'logged'
    return EXCEPTION.test(text) ? 'error' : afterError(text)
  },
  error: afterError,
  frames: (text) => (INDENTED.test(text) ? 'frames' : isRaised(text) ? 'raised' : null),
  group: (text) => (INDENTED.test(text) ? 'group' : CHAINED.test(text) ? 'logged' : null),
  raised: (text) => (INDENTED.test(text) ? 'raised' : CHAINED.test(text) ? 'logged' : null),
  go: (text) => (INDENTED.test(text) || OF_GO.test(text) ? 'go' : null),
  panicked: () => 'error',
  place: () => 'source',
  source: (text) => (MARKER.test(text) ? 'marked' : null),
  marked: () => 'error',
}
