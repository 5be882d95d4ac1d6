/** Writes bench/RESULTS.md from this run's rows and those of earlier runs on the same machine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT_DIR } from '../../testing/processes.ts'
import { OUT_DIR } from './bundle.ts'
import type { Machine } from './machine.ts'
import { describeGate, describeVerdict, format, type Row } from './row.ts'

interface Recorded {
  date: string
  command: string
  rows: Row[]
  /** Invalid runs and wrong replies. */
  faults: string[]
}

interface Store {
  machine: Machine
  /** By measurement. */
  results: Record<string, Recorded>
}

const STORE = path.join(OUT_DIR, 'results.json')

/** Adds a measurement and writes the table. Drops rows of other machines. */
export function writeReport(machine: Machine, id: string, fresh: Recorded): string {
  const known = readStore()
  const isSame = known !== null && identity(known.machine) === identity(machine)
  const results = { ...(isSame ? known.results : {}), [id]: fresh }
  mkdirSync(OUT_DIR, { recursive: true })
  writeFileSync(STORE, JSON.stringify({ machine, results } satisfies Store))
  const file = path.join(ROOT_DIR, 'bench/RESULTS.md')
  writeFileSync(file, toMarkdown({ machine, results }))
  return file
}

export function describeRow(row: Row): string {
  const { id, measure, gate } = row
  const head = `${id.padEnd(4)} ${measure}: ${describeValue(row)}  [gate ${describeGate(gate)}: ${describeVerdict(row)}]`
  return [head, ...row.notes.map((note) => `       ${note}`)].join('\n')
}

function readStore(): Store | null {
  return existsSync(STORE) ? (JSON.parse(readFileSync(STORE, 'utf8')) as Store) : null
}

const identity = ({ load: _load, ...machine }: Machine) => JSON.stringify(machine)

const describeValue = ({ value, unit }: Row) =>
  value === null ? 'not measured' : `${format(value)}${unit === '' ? '' : ` ${unit}`}`

function toMarkdown({ machine, results }: Store): string {
  const recorded = Object.entries(results)
    .sort(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)))
    .map(([, one]) => one)
  const lines = recorded.flatMap(({ rows, command }) =>
    rows.map((row) => {
      const spread = row.spread ? row.spread.map(format).join(' … ') : '–'
      const cells = [
        `${row.id} ${row.measure}`,
        row.definition,
        describeValue(row),
        spread,
        describeGate(row.gate),
        describeVerdict(row),
        `\`${command}\``,
      ]
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    }),
  )
  const notes = recorded.flatMap(({ rows }) =>
    rows.flatMap((row) => row.notes.map((note) => `- ${row.id} ${row.measure}: ${note}.`)),
  )
  const faults = recorded.flatMap(({ rows, faults: list }) =>
    list.map((fault) => `- ${rows[0]?.id ?? ''}: ${fault}.`),
  )
  const dates = [...new Set(recorded.map(({ date }) => date.slice(0, 10)))].sort()
  return [
    '<!-- Written by `npm run bench`; changes by hand are lost. -->',
    '',
    '# Measured speed',
    '',
    'Ratios are medians over rounds of A B B A in one run; the spread is that of the rounds. Nothing is judged inside the noise that',
    'equal pairs show (95 %). Every reply was compared with the output of the raw path.',
    '',
    '| Machine | |',
    '| --- | --- |',
    ...Object.entries(machine).map(([key, value]) => `| ${key} | ${value} |`),
    `| date | ${dates.join(', ')} |`,
    '',
    '| Measure | Definition | Value | Spread | Gate | Verdict | Command |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    '## Notes',
    '',
    ...notes,
    '',
    '## Faults',
    '',
    ...(faults.length > 0 ? faults : ['None: no reply was wrong, and no run is invalid.']),
    '',
  ].join('\n')
}
