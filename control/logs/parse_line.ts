/** Extracts level and request id from the log formats of other programs; json_line.ts parses JSON. */
import type { LogLevel } from '../../protocol/control.ts'
import type { OutputStream } from '../launcher/launcher.ts'
import { parseJsonLine } from './json_line.ts'
import { levelOfNumber, levelOfWord } from './level_names.ts'
import type { NewLine } from './log_store.ts'

/** Parses the lines of one stream in order. Without a stated level, a line is a warning on stderr and info on stdout. */
export class ChildLineParser {
  isLevelAssumed = false
  isPlain = true
  private readonly source: string
  private readonly stream: OutputStream
  private previous: LogLevel | null = null
  private isInTraceback = false

  constructor(source: string, stream: OutputStream) {
    this.source = source
    this.stream = stream
  }

  parse(line: string): NewLine {
    this.isLevelAssumed = false
    const json = parseJsonLine(line, this.source)
    this.isPlain = json === null
    const parsed = json ?? this.parsePlain(line)
    this.previous = parsed.level
    return parsed
  }

  private parsePlain(line: string): NewLine {
    const requestId = requestIdOf(line)
    const parsed: NewLine = { source: this.source, level: this.levelOf(line), message: line }
    if (requestId !== null) parsed.request_id = requestId
    return parsed
  }

  private levelOf(line: string): LogLevel {
    const header = line.slice(0, HEADER_LENGTH)
    if (TRACEBACK_START.test(header)) {
      this.isInTraceback = true
      return 'error'
    }
    const isIndented = INDENTED.test(header)
    if (this.isInTraceback) {
      // Frames are indented, in exception groups after a bar; the next line without names the exception.
      if (isIndented) return 'error'
      this.isInTraceback = false
      if (isExceptionName(header)) return 'error'
    }
    const stated = statedLevel(header)
    if (stated !== null) return stated
    if (isIndented && this.previous !== null) return this.previous
    this.isLevelAssumed = this.stream === 'stderr'
    if (PROGRESS.test(header)) return 'info'
    return this.isLevelAssumed ? 'warn' : 'info'
  }
}

/** Levels are at the beginning of a line; later, the same words are text. */
const HEADER_LENGTH = 120
const WORD_LENGTH = 80

const TRACEBACK_START = /^\s*(?:\+ Exception Group )?Traceback \(most recent call last\):/
const INDENTED = /^(?:\s|[|+]\s|\+-)/

/** `ValueError: bad`, `package.Problem`; but `INFO: text` is a logger's line. */
function isExceptionName(header: string): boolean {
  const name = /^([A-Za-z_][\w.]*)(?::\s|:?$)/.exec(header)?.[1]
  return name !== undefined && levelOfWord(name) === null
}

/** The first group is the level. Stricter formats come first. */
const LEVEL_FORMATS: readonly RegExp[] = [
  // glog, absl, klog: I0102 15:04:05.123456  140000 file.cc:12] text
  /^([IWEF])\d{4} \d\d:\d\d:\d\d/,
  // TensorFlow: 2026-01-02 15:04:05.123456: W tensorflow/core/file.cc:12] text
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?: ([IWEF]) /,
  // onnxruntime: 2026-01-02 15:04:05.123 [E:onnxruntime:, file.cc:12 Function] text
  /\[([VIWEF]):onnxruntime/,
  // logfmt of slog and logrus, and JSON that was cut: level=warn, "level":"warn"
  /\b(?:level|levelname|lvl|severity)"?[=:] ?"?([A-Za-z]+|\d{2})\b/,
]
/** Python, uvicorn, gunicorn, loguru, vLLM, log4j, logback, env_logger, tracing: a capitalized word anywhere. */
const LEVEL_WORD =
  /\b(TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|SEVERE|FATAL)\b/
/** winston, .NET, spdlog, gcc: lower case only where a level is expected. */
const LEVEL_MARK =
  /^\s*(trace|debug|dbug|info|warn|warning|error|fatal|fail|crit)(?:\[[\w.]+\])?: |\[(trace|debug|info|notice|warn|warning|error|critical|fatal) *\]/i
/** Without a logger: an exception of Python, Java or JavaScript, and fatal errors of other programs. */
const FAILURE =
  /^(?:Uncaught )?(?:[\w$]+\.)*[A-Z][\w$]*(?:Error|Exception)(?: \[\w+\])?(?::|$)|^(?:Uncaught )?Error: |^Caused by: |^panic: |^fatal error: |^Fatal Python error: |^SIG[A-Z]+: |^thread '.*' (?:\(\d+\) )?panicked at |^Exception in thread |^Unhandled exception|^terminate called |^During handling of the above exception|^The above exception was the direct cause/
/** A signal as reported by the C library or a shell: `start.sh: line 3: 4711 Killed  python3 a.py`. */
const SIGNALLED =
  /^(?:\S+: line \d+: +\d+ )?(?:Segmentation fault|Killed|Aborted|Bus error|Illegal instruction|Floating point exception)\b(?! by| in)|^(?:free|malloc|realloc|munmap_chunk)\(\): |^double free or corruption|^\*\*\* stack smashing detected|: Assertion `?.{1,200}' failed|^Assertion failed: /
/** tqdm and pip write progress to stderr: ` 50%|#####     | 1/2`. */
const PROGRESS = /\d+%\|/
const WARNING = /\b(?:[A-Z]\w*)?Warning: /

function statedLevel(header: string): LogLevel | null {
  if (FAILURE.test(header) || SIGNALLED.test(header)) return 'error'
  for (const format of LEVEL_FORMATS) {
    const word = format.exec(header)?.[1]
    const level = word === undefined ? null : (levelOfWord(word) ?? levelOfNumber(Number(word)))
    if (level !== null) return level
  }
  const start = header.slice(0, WORD_LENGTH)
  const mark = LEVEL_MARK.exec(start)
  const word = mark?.[1] ?? mark?.[2] ?? LEVEL_WORD.exec(start)?.[1]
  if (word !== undefined) return levelOfWord(word)
  return WARNING.test(header) ? 'warn' : null
}

const REQUEST_ID = /\breq(?:uest)?[_-]?id["']?(?:=|: ?)["']?([\w@/+.:-]{1,128})/i

function requestIdOf(line: string): string | null {
  return REQUEST_ID.exec(line)?.[1]?.replace(/[.:]+$/, '') ?? null
}
