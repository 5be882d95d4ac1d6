import type { Run } from '../../state/runs.ts'
import { summaryOf } from './reply_reading.ts'

const COLUMNS = [
  'run',
  'file',
  'backend',
  'sent',
  'outcome',
  'summary',
  'round_trip_ms',
  'provider',
  'request_id',
]

export function runsCsv(runs: readonly Run[]): string {
  const rows = runs.flatMap((run) =>
    run.exchanges.map((exchange) => {
      const { outcome } = exchange
      const isTimed = outcome.phase === 'answered' || outcome.phase === 'refused'
      return [
        run.id,
        run.input.name,
        exchange.backend,
        new Date(exchange.sentAtMs).toISOString(),
        outcome.phase,
        summaryOf(exchange).text,
        isTimed ? outcome.roundTripMs.toFixed(2) : '',
        outcome.phase === 'answered' ? (outcome.reply?.provider ?? '') : '',
        exchange.requestId,
      ].map((value) => cell(String(value)))
    }),
  )
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** Keeps spreadsheets from reading a cell as a formula: https://owasp.org/www-community/attacks/CSV_Injection */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
