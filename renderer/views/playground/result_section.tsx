import type { ReactNode } from 'react'
import type { DrawnKind } from '../../../protocol/results.ts'
import { ScrollText, TriangleAlert } from 'lucide-react'
import type { ErrorMessage } from '../../../protocol/backend.ts'
import type { Warning } from '../../../protocol/warnings.ts'
import { providerName } from '../../format/backend_text.ts'
import { fieldText } from '../../format/message.ts'
import { ms } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { warningMessage } from '../../format/warning_message.ts'
import { focusLogs } from '../../state/log_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import { showView } from '../../state/ui_store.ts'
import { Classes } from './classes.tsx'
import { EegResultView, RecordingNote } from './eeg_result.tsx'
import { useElapsed } from './elapsed.ts'
import { errorRemedy } from './error_remedies.ts'
import { FatigueResultView } from './fatigue_result.tsx'
import { FindingChooser } from './finding_chooser.tsx'
import { plainResult } from './plain_result.ts'
import { PlainResultView } from './plain_result.tsx'
import { answerOf, type Answer } from './reply_reading.ts'
import { WarningField } from './warning_field.tsx'
import { SentSmaller } from './sent_smaller.tsx'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

export function ResultSection({ exchange, run }: { exchange: Exchange; run: Run }) {
  const { outcome } = exchange
  switch (outcome.phase) {
    case 'busy':
      return (
        <section className="section" aria-label={exchange.backend}>
          <div className="row">
            <h2>{exchange.backend}</h2>
            <span className="grow" />
            <Elapsed run={run} />
          </div>
        </section>
      )
    case 'broken':
      return (
        <section className="section" aria-label={exchange.backend}>
          <h2>{exchange.backend}</h2>
          <p className="row stop">
            <TriangleAlert size={14} strokeWidth={1.5} aria-hidden />
            <b>{t('test:view.no_answer')}</b>
          </p>
          <p className="error-text">{punctuated(fieldText(outcome, 'message'))}</p>
          <LogLink exchange={exchange} />
        </section>
      )
    case 'refused':
      return (
        <Refusal
          exchange={exchange}
          run={run}
          reply={outcome.reply}
          roundTripMs={outcome.roundTripMs}
        />
      )
    case 'answered': {
      const answer = answerOf(exchange)
      return (
        <section className="section" aria-label={exchange.backend}>
          <div className="row">
            <h2>{exchange.backend}</h2>
            {answer?.reading && (
              <FindingChooser backend={exchange.backend} reading={answer.reading} run={run} />
            )}
            {answer && headNote(answer)}
            <span className="grow" />
            {outcome.reply?.provider !== undefined && (
              <span className="tag">{providerName(outcome.reply.provider)}</span>
            )}
            <span className="small num ink-2 no-wrap">{ms(outcome.roundTripMs)}</span>
          </div>
          <SentSmaller exchange={exchange} run={run} />
          <ReplyWarnings warnings={outcome.reply?.warnings ?? []} />
          {answer ? (
            bodyOf({ answer, backend: exchange.backend, run })
          ) : (
            <p className="small ink-2">{t('test:view.no_drawing')}</p>
          )}
        </section>
      )
    }
  }
}

function ReplyWarnings({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null
  // Two warnings about one field show it once.
  const isFirst = ({ field }: Warning, at: number) =>
    warnings.findIndex((warning) => warning.field === field) === at
  return (
    <ul className="reply-warnings" aria-label={t('test:view.warnings')}>
      {warnings.map((warning, at) => (
        <li key={at} className="row warn" title={warning.code}>
          <TriangleAlert size={14} strokeWidth={1.5} aria-hidden />
          <div className="grow">
            <p>{warningMessage(warning)}</p>
            {isFirst(warning, at) && <WarningField warning={warning} />}
          </div>
        </li>
      ))}
    </ul>
  )
}

interface BodyProps<K extends DrawnKind> {
  answer: Answer<K>
  backend: string
  run: Run
}

interface ResultView<K extends DrawnKind> {
  /** Beside the name of the backend. */
  note?: (answer: Answer<K>) => ReactNode
  body: (props: BodyProps<K>) => ReactNode
}

const FOUND = {
  body: ({ answer: { reading }, ...of }: BodyProps<'classification' | 'detections'>) =>
    reading && <Classes reading={reading} {...of} />,
}

const RESULT_VIEWS: { [K in DrawnKind]: ResultView<K> } = {
  series: {
    note: ({ result }) => <RecordingNote result={result} />,
    body: ({ answer: { result } }) => <EegResultView result={result} />,
  },
  score: { body: ({ answer: { result } }) => <FatigueResultView result={result} /> },
  classification: FOUND,
  detections: FOUND,
  json: {
    body: ({ answer: { result } }) => {
      const plain = plainResult(result)
      return plain && <PlainResultView result={plain} />
    },
  },
}

const headNote = <K extends DrawnKind>(answer: Answer<K>): ReactNode => {
  const { note }: ResultView<K> = RESULT_VIEWS[answer.kind]
  return note?.(answer)
}

const bodyOf = <K extends DrawnKind>(props: BodyProps<K>): ReactNode =>
  RESULT_VIEWS[props.answer.kind].body(props)

function Elapsed({ run }: { run: Run }) {
  return <span className="small num ink-2">{ms(useElapsed(run))}</span>
}

interface RefusalProps {
  exchange: Exchange
  run: Run
  reply: ErrorMessage
  roundTripMs: number
}

function Refusal({ exchange, run, reply, roundTripMs }: RefusalProps) {
  const { code } = reply
  return (
    <section className="section" aria-label={exchange.backend}>
      <div className="row">
        <h2>{exchange.backend}</h2>
        <span className="grow" />
        <span className="small num ink-2">{ms(roundTripMs)}</span>
      </div>
      <SentSmaller exchange={exchange} run={run} />
      <p className="row stop error-text">
        <TriangleAlert size={14} strokeWidth={1.5} aria-hidden />
        <b className="error-code">{code ?? 'error'}</b>
      </p>
      <p className="error-text">{punctuated(fieldText(reply, 'error'))}</p>
      {code !== undefined && <p className="error-text ink-2">{errorRemedy(code)}</p>}
      <LogLink exchange={exchange} />
    </section>
  )
}

function LogLink({ exchange }: { exchange: Exchange }) {
  const isLive = usePanel(isConnected)
  return (
    <div className="row error-text">
      <Button
        icon={ScrollText}
        disabled={!isLive}
        title={isLive ? undefined : t('test:now.not_running')}
        onClick={() => {
          focusLogs({ search: exchange.requestId })
          showView('logs')
        }}
      >
        {t('test:view.log_lines')}
      </Button>
    </div>
  )
}
