/** One crash card: what happened, the proven cause, and the state at that moment. */
import { Download, Trash2 } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { CrashCard, CrashLogLine } from '../../../../protocol/crash.ts'
import { memory, number } from '../../../format/number.ts'
import { punctuated } from '../../../format/punctuated.ts'
import { clockMs, clockSeconds, duration } from '../../../format/time.ts'
import { isConnected, usePanel, useToday } from '../../../state/panel_store.ts'
import { saveDownload } from '../../../state/save_download.ts'
import { showLogsAt } from '../../../state/ui_store.ts'
import { TextWithCode } from '../../../components/text_with_code.tsx'
import { CopyButton } from '../../../components/copy_button.tsx'
import { useReply, useWaitingText } from '../../../hooks/use_reply.ts'
import { Caption, Config, InFlight, MemoryCurve, Versions } from './crash_circumstances.tsx'
import { crashReport } from './crash_report.ts'
import { fieldText, fieldTexts } from '../../../format/message.ts'
import { t } from '../../../i18n/i18n.ts'
import { Button } from '../../../components/button.tsx'

interface CrashCardPartProps {
  id: string
  onRemove: (id: string) => void
}

export function CrashCardPart({ id, onRemove }: CrashCardPartProps) {
  const { value, problem } = useReply('crashes.get', { id })
  const waiting = useWaitingText(t('crash:reading'))
  if (value !== null) return <Card card={value.card} onRemove={onRemove} />
  return problem === null ? (
    <p className="pane-note" role="status">
      {waiting}
    </p>
  ) : (
    <p className="pane-note stop" role="alert">
      {t('crash:unread', { problem })}
    </p>
  )
}

function Card({ card, onRemove }: { card: CrashCard; onRemove: (id: string) => void }) {
  const killReason = fieldText(card, 'kill_reason')
  return (
    <article aria-label={t('crash:crash_of', { name: card.backend })}>
      <section className="cell">
        <Caption>{t('crash:what_happened')}</Caption>
        <h3 className="crash-title">{punctuated(fieldText(card.exit, 'words'))}</h3>
        {killReason !== null && (
          <p className="small ink-2">{t('crash:ended_by', { reason: killReason })}</p>
        )}
        <EndFacts card={card} />
        <Buttons card={card} onRemove={onRemove} />
      </section>
      <Cause cause={card.cause} />
      <section className="cell">
        <div className="row">
          <Caption>{t('crash:last_lines')}</Caption>
          <span className="grow" />
          <LogsAtEnd card={card} />
        </div>
        <CrashLines
          lines={card.log}
          omitted={card.log_omitted}
          evidence={card.cause?.log_seqs ?? []}
        />
      </section>
      <MemoryCurve card={card} />
      <InFlight card={card} />
      <Config card={card} />
      <Versions card={card} />
    </article>
  )
}

/** Log lines of an earlier run are in its files and in the card. */
function LogsAtEnd({ card: { backend, time, log } }: { card: CrashCard }) {
  const today = useToday()
  const isHeld = usePanel(({ snapshot }) => (snapshot?.plane.started_at ?? Infinity) <= time)
  if (!isHeld) return null
  const at = log.at(-1)?.time ?? time
  return (
    <button type="button" className="link small" onClick={() => showLogsAt({ backend, time: at })}>
      {t('crash:all_of', { time: clockSeconds(at, today) })}
    </button>
  )
}

function EndFacts({ card }: { card: CrashCard }) {
  const today = useToday()
  const { code, signal, failure } = card.exit
  const last = card.memory.findLast(({ rss_bytes: bytes }) => bytes !== null)?.rss_bytes ?? null
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t('crash:fact.ended'), clockSeconds(card.time, today)],
    [
      t('crash:fact.ran'),
      card.uptime_ms === null ? t('crash:fact.not_at_all') : duration(card.uptime_ms),
    ],
    signal === null
      ? ([
          t('crash:fact.code'),
          code ?? (failure === null ? '–' : t('crash:fact.not_started')),
        ] as const)
      : ([t('crash:fact.signal'), signal] as const),
    [t('words:process'), card.pid ?? t('words:none')],
    [t('words:backend_state'), card.phase],
    [t('crash:fact.attempt'), number(card.attempt)],
    [t('crash:fact.provider'), card.provider ?? t('words:not_known')],
    [t('crash:fact.ram'), last === null ? 'n/a' : memory(last)],
  ]
  return (
    <dl className="facts facts-pair">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Buttons({ card, onRemove }: { card: CrashCard; onRemove: (id: string) => void }) {
  const isLive = usePanel(isConnected)
  const [isAsked, setIsAsked] = useState(false)
  return (
    <div className="crash-buttons row">
      <Button icon={Download} onClick={() => void saveDownload(`/download/crashes/${card.id}.zip`)}>
        {t('words:export')}
      </Button>
      <CopyButton text={() => crashReport(card)} label={t('words:copy_report')} isLabelled />
      {isAsked ? (
        <>
          <Button look="danger" disabled={!isLive} autoFocus onClick={() => onRemove(card.id)}>
            {t('crash:remove_for_good')}
          </Button>
          <Button onClick={() => setIsAsked(false)}>{t('crash:keep')}</Button>
        </>
      ) : (
        <Button icon={Trash2} look="ghost" disabled={!isLive} onClick={() => setIsAsked(true)}>
          {t('crash:remove')}
        </Button>
      )}
    </div>
  )
}

function Cause({ cause }: { cause: CrashCard['cause'] }) {
  return (
    <section className="cell">
      <Caption>{t('crash:likely_cause')}</Caption>
      {cause === null ? (
        <p className="small ink-2">{t('crash:unknown_cause')}</p>
      ) : (
        <>
          <p className="crash-cause">
            <TextWithCode text={fieldText(cause, 'cause')} />
          </p>
          <p className="crash-remedy">
            <TextWithCode text={fieldText(cause, 'remedy')} />
          </p>
          <ul className="small ink-3">
            {fieldTexts(cause, 'evidence').map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

interface CrashLinesProps {
  lines: readonly CrashLogLine[]
  omitted: number
  evidence: readonly number[]
}

function CrashLines({ lines, omitted, evidence }: CrashLinesProps) {
  const well = useRef<HTMLDivElement>(null)
  // Scrolls to the evidence; without any, to the end.
  useEffect(() => {
    const box = well.current
    if (!box) return
    const marked = box.querySelector<HTMLElement>('[data-evidence]')
    box.scrollTop = marked ? marked.offsetTop - box.clientHeight / 2 : box.scrollHeight
  }, [lines])
  if (lines.length === 0) return <p className="small ink-3">{t('crash:no_lines')}</p>
  return (
    <div
      ref={well}
      className="well crash-lines"
      role="region"
      aria-label={t('crash:last_lines')}
      tabIndex={0}
    >
      {omitted > 0 && (
        <p className="small ink-3">{t('crash:earlier_lines', { lines: number(omitted) })}</p>
      )}
      <pre>
        {lines.map(({ seq, time, level, message }) => {
          const isEvidence = evidence.includes(seq)
          return (
            <div key={seq} className="crash-line" data-evidence={isEvidence || undefined}>
              <span className="ink-3">{clockMs(time)}</span>{' '}
              <span data-level={level}>{level.toUpperCase().padEnd(5)}</span>{' '}
              {isEvidence && <span className="sr-only">{t('crash:evidence')} </span>}
              {message}
            </div>
          )
        })}
      </pre>
    </div>
  )
}
