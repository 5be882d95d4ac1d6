import { Waypoints } from 'lucide-react'
import type { LogLine } from '../../../protocol/control.ts'
import { clockMs, isoDate } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { showAside } from '../../state/log_store.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import { LineSource } from './log_row.tsx'
import { CloseButton } from './close_button.tsx'
import './line_pane.css'

export function LinePane({ line }: { line: LogLine }) {
  const colours = useSourceColours()
  const { time, source, level, message, request_id: id, fields = {} } = line
  const entries = Object.entries(fields)
  return (
    <>
      <div className="aside-head">
        <h2 className="h2">{t('logs:aside.line')}</h2>
        <CopyButton text={() => lineText(line)} label={t('logs:line.copy')} isLabelled />
        <span className="grow" />
        <CloseButton />
      </div>
      <div className="aside-body">
        <dl className="facts aside-part">
          <dt>{t('words:time')}</dt>
          <dd className="mono">{`${isoDate(time)} ${clockMs(time)}`}</dd>
          <dt>{t('logs:line.source')}</dt>
          <dd className="line-source">
            <LineSource source={source} colour={colours[source] ?? 'var(--d0)'} />
          </dd>
          <dt>{t('words:level')}</dt>
          <dd className={`log-${level} line-level`}>
            <span className="log-level">{level.toUpperCase()}</span>
          </dd>
          {id !== undefined && (
            <>
              <dt>{t('logs:aside.request')}</dt>
              <dd>
                <button
                  type="button"
                  className="link"
                  title={t('logs:rows.open_request', { id })}
                  onClick={() => showAside({ kind: 'request', id })}
                >
                  <Waypoints size={12} strokeWidth={1.5} aria-hidden />
                  <span className="mono">{id}</span>
                </button>
              </dd>
            </>
          )}
        </dl>
        <section className="aside-part" aria-label={t('logs:line.message')}>
          <pre className="line-message" lang="en" tabIndex={0}>
            {message}
          </pre>
        </section>
        {entries.length > 0 && (
          <section className="aside-part">
            <h3 className="h2">{t('logs:line.fields')}</h3>
            <table className="line-fields" lang="en">
              <tbody>
                {entries.map(([name, value]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{fieldText(value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </div>
    </>
  )
}

/** Strings verbatim, anything else as JSON. */
function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

/** For a bug report: the line as displayed, then its fields. */
export function lineText({
  time,
  source,
  level,
  message,
  request_id: id,
  fields,
}: LogLine): string {
  const head = `${isoDate(time)} ${clockMs(time)} ${source} ${level.toUpperCase()} ${message}`
  const named = id === undefined ? head : `${head} request_id=${id}`
  return fields === undefined ? named : `${named}\n${JSON.stringify(fields, null, 2)}`
}
