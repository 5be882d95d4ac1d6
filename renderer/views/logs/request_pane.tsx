import { ListFilter } from 'lucide-react'
import type { LogLine } from '../../../protocol/control.ts'
import { ms, msValue, number } from '../../format/number.ts'
import { clockMs } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { focusLogs } from '../../state/log_store.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import { useReply } from '../../hooks/use_reply.ts'
import { shortId } from '../../components/slow_rows.tsx'
import { CloseButton } from './close_button.tsx'
import { LineSource } from './log_row.tsx'
import { pathOf, requestFacts, type RequestFacts } from './request_facts.ts'
import './request_pane.css'
import { Button } from '../../components/button.tsx'

const LINES_MAX = 500
/** Refetch interval until the reply is logged. */
const AGAIN_MS = 1000
const AGAIN_TIMES = 30

export function RequestPane({ id }: { id: string }) {
  const { value, problem } = useReply(
    'logs.search',
    { query: { request_id: id }, limit: LINES_MAX },
    {
      refetchInterval: ({ state: { data, dataUpdateCount } }) =>
        data !== undefined &&
        requestFacts(data.lines).answer === null &&
        dataUpdateCount <= AGAIN_TIMES &&
        AGAIN_MS,
    },
  )
  const lines = value?.lines ?? null
  const facts = lines === null ? null : requestFacts(lines)
  return (
    <>
      <div className="aside-head">
        <h2 className="h2">{t('logs:aside.request')}</h2>
        <code className="aside-id">{shortId(id)}</code>
        <CopyButton text={() => id} label={t('logs:request.copy_id')} />
        <span className="grow" />
        <Button icon={ListFilter} look="ghost" onClick={() => focusLogs({ search: id })}>
          {t('logs:request.filter')}
        </Button>
        <CloseButton />
      </div>
      <div className="aside-body">
        {problem !== null && (
          <p className="aside-note stop" role="alert">
            {problem}
          </p>
        )}
        {lines === null && problem === null && (
          <p className="aside-note" role="status">
            {t('logs:request.asking')}
          </p>
        )}
        {lines?.length === 0 && <p className="aside-note">{t('logs:request.none')}</p>}
        {facts !== null && lines !== null && lines.length > 0 && (
          <>
            <Facts facts={facts} />
            <Path facts={facts} />
            <Lines lines={lines} sources={facts.sources.length} />
          </>
        )}
      </div>
    </>
  )
}

function Facts({ facts: { answer, timing, result } }: { facts: RequestFacts }) {
  if (answer === null) return <p className="aside-note">{t('logs:request.no_answer')}</p>
  return (
    <dl className="facts aside-part">
      <dt>{t('words:backend')}</dt>
      <dd>{answer.source}</dd>
      <dt>{t('logs:request.answered')}</dt>
      <dd className="num">{clockMs(answer.time)}</dd>
      {timing !== null && (
        <>
          <dt>{t('logs:request.batch')}</dt>
          <dd className="num">{number(timing.batch_size)}</dd>
        </>
      )}
      {result.map(([key, value]) => (
        <Fact key={key} name={key} value={value} />
      ))}
    </dl>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="mono" lang="en">
        {name}
      </dt>
      <dd className="mono" lang="en">
        {value}
      </dd>
    </>
  )
}

function Path({ facts: { answer, timing } }: { facts: RequestFacts }) {
  if (answer === null) return null
  const total = answer.fields?.total_ms
  const totalMs = typeof total === 'number' ? total : 0
  return (
    <section className="aside-part">
      <div className="row">
        <h3 className="h2">{t('logs:request.path')}</h3>
        <span className="grow" />
        <b className="num">{ms(totalMs)}</b>
      </div>
      {timing === null ? (
        <p className="small ink-2">{t('logs:request.total_alone', { backend: answer.source })}</p>
      ) : (
        <dl className="path">
          {pathOf(timing).map(({ stage, startMs, ms: partMs }) => (
            <div key={stage}>
              <dt>{t(`logs:stage.${stage}`)}</dt>
              <dd className="path-bar" aria-hidden="true">
                <i
                  className={`path-${stage}`}
                  style={{
                    left: `${(startMs / Math.max(totalMs, startMs + partMs, 0.001)) * 100}%`,
                    width: `${(partMs / Math.max(totalMs, 0.001)) * 100}%`,
                  }}
                />
              </dd>
              <dd className="num">{msValue(partMs)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

function Lines({ lines, sources }: { lines: readonly LogLine[]; sources: number }) {
  const colours = useSourceColours()
  const startMs = lines[0]?.time ?? 0
  return (
    <section className="aside-part">
      <h3 className="h2">
        {t('logs:request.lines', { count: lines.length })}{' '}
        <span className="small ink-2">{t('logs:request.processes', { count: sources })}</span>
      </h3>
      <ol className="aside-lines">
        {lines.map((line) => (
          <li key={line.seq} className={`aside-line log-${line.level}`} title={line.message}>
            <span className="num ink-3">{`+${msValue(Math.max(0, line.time - startMs))}`}</span>
            <LineSource source={line.source} colour={colours[line.source] ?? 'var(--d0)'} />
            <span className="log-level">{line.level.toUpperCase()}</span>
            <span className="log-message" lang="en">
              {line.message}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
