/** Crash context: memory, requests in flight, configuration, versions. */
import type { ReactNode } from 'react'
import type { CrashCard } from '../../../../protocol/crash.ts'
import { Curve } from '../../../charts/curve.tsx'
import { fileSize, memory, number } from '../../../format/number.ts'
import { focusLogs } from '../../../state/log_store.ts'
import { showView } from '../../../state/ui_store.ts'
import { fieldText } from '../../../format/message.ts'
import { t } from '../../../i18n/i18n.ts'
import { MIB } from '../../../../protocol/bytes.ts'

export function Caption({ children }: { children: ReactNode }) {
  return <h4 className="caption crash-caption">{children}</h4>
}

const CURVE_HEIGHT = 84

export function MemoryCurve({ card }: { card: CrashCard }) {
  const { memory: samples } = card
  const reason = fieldText(card, 'memory_reason')
  const known = samples.flatMap(({ rss_bytes: bytes }) => (bytes === null ? [] : [bytes]))
  const [first, last] = [known[0], known.at(-1)]
  return (
    <section className="cell">
      <Caption>{t('crash:memory')}</Caption>
      {first === undefined || last === undefined ? (
        <p className="small ink-3">
          {t('words:not_available', { reason: reason ?? t('crash:unreadable') })}
        </p>
      ) : (
        <Curve
          points={samples.map(({ time, rss_bytes: bytes }) => ({
            time,
            value: bytes === null ? null : bytes / MIB,
          }))}
          height={CURVE_HEIGHT}
          unit=" MiB"
          summary={t('crash:memory_summary', {
            first: memory(first),
            last: memory(last),
            peak: memory(Math.max(...known)),
          })}
        />
      )}
    </section>
  )
}

/** Same length as in the gateway and the log. */
const HASH_SHOWN = 12

export function InFlight({ card }: { card: CrashCard }) {
  const { in_flight: requests, in_flight_omitted: omitted } = card
  return (
    <section className="cell">
      <Caption>{t('crash:requests_in_flight')}</Caption>
      {requests.length === 0 ? (
        <p className="small ink-2">{t('crash:none')}</p>
      ) : (
        <ul className="crash-requests">
          {requests.map(({ request_id: id, input_hashes: hashes, bytes }) => (
            <li key={id}>
              <button
                type="button"
                className="link mono ellipsis"
                title={t('crash:lines_of_request', { id })}
                onClick={() => showRequest(id)}
              >
                {id}
              </button>
              <span className="mono ink-3 ellipsis" title={hashes.join(', ')}>
                {hashes.map((hash) => hash.slice(0, HASH_SHOWN)).join(' ') || t('crash:not_hashed')}
              </span>
              <span className="num">{bytes === null ? 'n/a' : fileSize(bytes)}</span>
            </li>
          ))}
        </ul>
      )}
      {omitted > 0 && (
        <p className="small ink-3">{t('crash:and_more', { more: number(omitted) })}</p>
      )}
    </section>
  )
}

function showRequest(id: string): void {
  focusLogs({ search: id })
  showView('logs')
}

export function Config({ card }: { card: CrashCard }) {
  return (
    <details className="crash-config">
      <summary>{t('crash:configuration_in_force')}</summary>
      <div
        className="well"
        role="region"
        aria-label={t('crash:configuration_in_force')}
        tabIndex={0}
      >
        <pre>{JSON.stringify(card.config, null, 2)}</pre>
      </div>
    </details>
  )
}

export function Versions({ card }: { card: CrashCard }) {
  const { switchyard, node, platform, onnxruntime } = card.versions
  const notOurs = t('crash:not_ours')
  return (
    <section className="cell">
      <Caption>{t('crash:versions')}</Caption>
      <dl className="facts">
        <dt>{t('words:switchyard')}</dt>
        <dd>{switchyard}</dd>
        <dt>{t('crash:system')}</dt>
        <dd>{platform}</dd>
        <dt>{t('crash:node')}</dt>
        <dd>{node ?? notOurs}</dd>
        <dt>{t('crash:onnxruntime')}</dt>
        <dd>{onnxruntime ?? (node === null ? notOurs : t('words:not_known'))}</dd>
      </dl>
    </section>
  )
}
