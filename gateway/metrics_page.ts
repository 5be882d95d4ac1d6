/**
 * Merges Prometheus pages: samples of the same name are grouped under one HELP and TYPE, as the text format requires, and
 * get the labels of their source. A name with conflicting types is left out, with a comment in the page.
 */
import { parseExposition, type MetricType, type Sample } from '../protocol/prometheus_text.ts'

export interface SourcePage {
  name: string
  text: string
  /** Added to each sample. A label of the page with that name and another value is kept as `exported_<label>`. */
  labels: Readonly<Record<string, string>>
}

interface Family {
  type: MetricType
  help: string | undefined
  lines: string[]
}

/** `comments` are shown at the top. Type and help of a name come from the first page that has it. */
export function mergePages(pages: readonly SourcePage[], comments: readonly string[] = []): string {
  const families = new Map<string, Family>()
  const notes = [...comments]
  for (const page of pages) notes.push(...addPage(families, page))
  const body = [...families].map(([name, family]) => familyText(name, family))
  return [...notes.map((note) => `# ${oneLine(note)}\n`), ...body].join('')
}

function addPage(families: Map<string, Family>, page: SourcePage): string[] {
  const { samples, types, help, malformed } = parseExposition(page.text)
  const leftOut = new Set<string>()
  for (const sample of samples) {
    const name = familyName(sample.name, types)
    const type = types.get(name) ?? 'untyped'
    const family = families.get(name) ?? { type, help: help.get(name), lines: [] }
    if (family.type !== type) {
      leftOut.add(
        `${page.name}: ${name} is a ${type} there and a ${family.type} in an earlier page`,
      )
      continue
    }
    families.set(name, family)
    family.lines.push(sampleText(sample, page.labels))
  }
  if (malformed > 0) leftOut.add(`${page.name}: ${malformed} malformed lines`)
  return [...leftOut].map((why) => `left out: ${why}`)
}

const PARTS = /_(bucket|sum|count)$/

/** `x_bucket` belongs to the histogram `x`, where the page has one. */
function familyName(name: string, types: ReadonlyMap<string, MetricType>): string {
  const whole = name.replace(PARTS, '')
  const type = types.get(whole)
  return whole !== name && (type === 'histogram' || type === 'summary') ? whole : name
}

function familyText(name: string, { type, help, lines }: Family): string {
  const helpLine = help === undefined ? '' : `# HELP ${name} ${escapeHelp(help)}\n`
  return `${helpLine}# TYPE ${name} ${type}\n${lines.join('')}`
}

function sampleText(
  { name, labels, value, timestampMs }: Sample,
  given: SourcePage['labels'],
): string {
  const pairs = new Map<string, string>(Object.entries(given))
  for (const [label, text] of labels) {
    const isTaken = Object.hasOwn(given, label) && given[label] !== text
    pairs.set(isTaken ? `exported_${label}` : label, text)
  }
  const inner = [...pairs].map(([label, text]) => `${label}="${escapeLabel(text)}"`).join(',')
  const time = timestampMs === null ? '' : ` ${timestampMs}`
  return `${name}${inner === '' ? '' : `{${inner}}`} ${numberText(value)}${time}\n`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string) => escapeHelp(text).replaceAll('"', '\\"')
const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ')
