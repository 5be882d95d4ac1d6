/** A crash card as text for a bug report, without values of `env`. */
import type { CrashCard } from '../../../../protocol/crash.ts'
import { clockMs, duration, isoDate } from '../../../format/time.ts'

/** The last lines matter most; the export has all. */
const REPORT_LINES_MAX = 50

export function crashReport(card: CrashCard): string {
  const { exit, cause, versions, log } = card
  const lines = log.slice(-REPORT_LINES_MAX)
  return [
    `${card.backend}: ${exit.words}`,
    `${isoDate(card.time)} ${clockMs(card.time)}, while ${card.phase}, start ${card.attempt} in a row`,
    card.kill_reason && `ended by Switchyard: ${card.kill_reason}`,
    `ran ${card.uptime_ms === null ? 'not at all' : duration(card.uptime_ms)}, provider ${card.provider ?? 'not known'}`,
    `Switchyard ${versions.switchyard}, ${versions.platform}, Node ${versions.node ?? 'none'}, onnxruntime ${versions.onnxruntime ?? 'none'}`,
    '',
    ...(cause === null
      ? ['No likely cause was found.']
      : [`Likely cause: ${cause.cause}`, ...cause.evidence, `Remedy: ${cause.remedy}`]),
    '',
    `Requests in flight: ${card.in_flight.length + card.in_flight_omitted}`,
    ...card.in_flight.map(
      ({ request_id: id, input_hashes: hashes }) => `  ${id} ${hashes.join(' ')}`,
    ),
    '',
    `Configuration: ${JSON.stringify(withoutSecrets(card.config))}`,
    '',
    `Last ${lines.length} lines:`,
    ...lines.map(({ seq, time, level, message }) => {
      const mark = cause?.log_seqs.includes(seq) ? '>' : ' '
      return `${mark} ${clockMs(time)} ${level.toUpperCase().padEnd(5)} ${message}`
    }),
    '',
  ]
    .filter((line) => line !== null)
    .join('\n')
}

function withoutSecrets(config: CrashCard['config']): CrashCard['config'] {
  const { env } = config
  if (typeof env !== 'object' || env === null) return config
  const names = Object.keys(env).map((name) => [name, '[env value]'])
  return { ...config, env: Object.fromEntries(names) as unknown }
}
