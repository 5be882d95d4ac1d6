/**
 * Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Counts unreadable lines, never
 * throws.
 */

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface Sample {
  name: string
  /** A map, since a label may be called `__proto__`. */
  labels: ReadonlyMap<string, string>
  value: number
  /** Unix milliseconds; null if the page has no time. */
  timestampMs: number | null
}

export const METRIC_TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const
export type MetricType = (typeof METRIC_TYPES)[number]

export interface Exposition {
  samples: Sample[]
  types: ReadonlyMap<string, MetricType>
  help: ReadonlyMap<string, string>
  malformed: number
}

/** Longer lines count as malformed: built-in labels are far shorter. */
const LINE_LENGTH_MAX = 65_536

export function parseExposition(page: string): Exposition {
  const samples: Sample[] = []
  const types = new Map<string, MetricType>()
  const help = new Map<string, string>()
  let malformed = 0
  for (const line of page.split('\n')) {
    const text = trim(line)
    if (text === '') continue
    if (text.length > LINE_LENGTH_MAX) malformed++
    else if (text.startsWith('#')) malformed += readComment(text, types, help) ? 0 : 1
    else {
      const sample = readSample(text)
      if (sample === null) malformed++
      else samples.push(sample)
    }
  }
  return { samples, types, help, malformed }
}

/** Blanks, tabs, and the carriage return of a page written on Windows. */
const trim = (line: string) => line.replace(/^[ \t]+/, '').replace(/[ \t\r]+$/, '')

// Flag s of COMMENT: help texts may contain line separators that this format does not recognize.
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const COMMENT = new RegExp(`^#[ \\t]+(HELP|TYPE)[ \\t]+(${NAME})(?:[ \\t]+(.*))?$`, 's')
const KEYWORD = /^#[ \t]+(HELP|TYPE)(?![^ \t])/

/** False for a malformed HELP or TYPE line. Other comments are ignored. */
function readComment(
  text: string,
  types: Map<string, MetricType>,
  help: Map<string, string>,
): boolean {
  if (!KEYWORD.test(text)) return true
  const [, keyword, name, rest = ''] = COMMENT.exec(text) ?? []
  if (name === undefined) return false
  const known: Map<string, string> = keyword === 'HELP' ? help : types
  // The format allows one line of each kind per name.
  if (known.has(name)) return false
  if (keyword === 'HELP') {
    help.set(
      name,
      rest.replace(/\\([\\n])/g, (_, letter) => (letter === 'n' ? '\n' : '\\')),
    )
    return true
  }
  const type = METRIC_TYPES.find((one) => one === rest)
  if (type === undefined) return false
  types.set(name, type)
  return true
}

const SAMPLE_NAME = new RegExp(NAME, 'y')
const VALUE = /[ \t]*([^ \t]+)(?:[ \t]+(-?\d{1,16}))?$/y

function readSample(text: string): Sample | null {
  SAMPLE_NAME.lastIndex = 0
  const name = SAMPLE_NAME.exec(text)?.[0]
  if (name === undefined) return null
  let end = name.length
  while (isBlank(text[end])) end++
  const hasLabels = text[end] === '{'
  // Without braces only a blank ends the name.
  if (!hasLabels && end === name.length) return null
  const labels = new Map<string, string>()
  if (hasLabels) {
    const closed = readLabels(text, end + 1, labels)
    if (closed === null) return null
    end = closed
  }
  VALUE.lastIndex = end
  const [, number, timestamp] = VALUE.exec(text) ?? []
  const value = number === undefined ? null : readNumber(number)
  if (value === null) return null
  return { name, labels, value, timestampMs: timestamp === undefined ? null : Number(timestamp) }
}

const isBlank = (letter: string | undefined) => letter === ' ' || letter === '\t'

const LABEL =
  /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\[\\"n][^"\\]*)*)"[ \t]*(,|(?=\}))/y
const CLOSED = /[ \t]*\}/y
const ESCAPES: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

/** Fills `labels` from after `{` and returns the position after `}`; null if malformed. Allows a trailing comma. */
function readLabels(text: string, start: number, labels: Map<string, string>): number | null {
  let place = start
  for (;;) {
    CLOSED.lastIndex = place
    if (CLOSED.test(text)) return CLOSED.lastIndex
    LABEL.lastIndex = place
    const [, label, escaped] = LABEL.exec(text) ?? []
    if (label === undefined || escaped === undefined || labels.has(label)) return null
    labels.set(
      label,
      escaped.replace(/\\[\\"n]/g, (pair) => ESCAPES[pair] ?? pair),
    )
    place = LABEL.lastIndex
  }
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Decimals, and NaN and Inf in any case (prom-client writes `Nan`), as Go's ParseFloat. */
export function readNumber(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text)
  const [, sign, word] = /^([+-]?)(nan|inf|infinity)$/.exec(text.toLowerCase()) ?? []
  if (word === undefined) return null
  if (word === 'nan') return NaN
  return sign === '-' ? -Infinity : Infinity
}
