/** One result: value, uncertainty, and gate verdict. */

export type Gate = { atMost: number } | { atLeast: number }

export interface Row {
  id: string
  measure: string
  /** Short; PERF's wording where it has one. */
  definition: string
  /** null: not measured; see the notes. */
  value: number | null
  unit: '' | 'ms' | 'ms/s' | 'images/s' | 'MiB/min' | 's' | 'requests' | 'lines'
  spread?: [number, number]
  gate?: Gate
  /** In the unit of the value; a closer gate is not judged. */
  noise?: number
  notes: string[]
}

export type Verdict = 'met' | 'missed' | 'inside the noise' | 'reported' | 'not measured'

export function verdictOf({ value, gate, noise = 0 }: Row): Verdict {
  if (value === null) return 'not measured'
  if (gate === undefined) return 'reported'
  const limit = limitOf(gate)
  if (Math.abs(value - limit) < noise) return 'inside the noise'
  return ('atMost' in gate ? value <= limit : value >= limit) ? 'met' : 'missed'
}

/** `missed by 12 %`, `met`, .. */
export function describeVerdict(row: Row): string {
  const verdict = verdictOf(row)
  const { value, gate, noise, unit } = row
  if (verdict === 'inside the noise') {
    return `inside the noise (±${format(noise ?? 0)}${unit === '' ? '' : ` ${unit}`})`
  }
  if (verdict !== 'missed' || value === null || gate === undefined) return verdict
  const limit = limitOf(gate)
  if (limit === 0) return `missed by ${format(value)}`
  const share = Math.abs(value - limit) / limit
  return `missed by ${share > 2 ? `${format(value / limit)} times` : `${(share * 100).toFixed(0)} %`}`
}

export const describeGate = (gate: Gate | undefined) =>
  gate === undefined ? '–' : 'atMost' in gate ? `<= ${gate.atMost}` : `>= ${gate.atLeast}`

/** Three significant digits, no exponent. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

const limitOf = (gate: Gate) => ('atMost' in gate ? gate.atMost : gate.atLeast)
