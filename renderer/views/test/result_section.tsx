/** The answer of one backend: classes of the chosen face, why there is none, or what went wrong. */
import clsx from 'clsx'
import { ChevronLeft, ChevronRight, ScrollText, TriangleAlert } from 'lucide-react'
import { ERROR_CODES } from '../../../protocol/errors.ts'
import type { ErrorMessage } from '../../../protocol/backend.ts'
import { providerName } from '../../format/backend_words.ts'
import { fileSize, ms, number } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { focusLogs } from '../../state/log_store.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import { useTest } from '../../state/test_store.ts'
import { showView } from '../../state/ui_store.ts'
import { useElapsed } from './elapsed.ts'
import { ERROR_REMEDIES } from './error_remedies.ts'
import { readingOf, type Reading } from './reply_reading.ts'

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
            <b>No answer</b>
          </p>
          <p className="error-text">{outcome.message}</p>
          <LogLink exchange={exchange} />
        </section>
      )
    case 'refused':
      return <Refusal exchange={exchange} reply={outcome.reply} roundTripMs={outcome.roundTripMs} />
    case 'answered': {
      const reading = readingOf(exchange)
      return (
        <>
          <section className="section" aria-label={exchange.backend}>
            <div className="row">
              <h2>{exchange.backend}</h2>
              {reading && <FindingChooser reading={reading} />}
              <span className="grow" />
              {outcome.reply?.provider !== undefined && (
                <span className="tag">{providerName(outcome.reply.provider)}</span>
              )}
              <span className="small num ink-2">{ms(outcome.roundTripMs)}</span>
            </div>
            {reading ? (
              <Classes reading={reading} />
            ) : (
              <p className="small ink-2">
                Answered. This kind of answer is not drawn; read it under JSON.
              </p>
            )}
          </section>
          <Facts exchange={exchange} reading={reading} />
        </>
      )
    }
  }
}

function Elapsed({ run }: { run: Run }) {
  return <span className="small num ink-2">{ms(useElapsed(run))}</span>
}

interface RefusalProps {
  exchange: Exchange
  reply: ErrorMessage
  roundTripMs: number
}

function Refusal({ exchange, reply, roundTripMs }: RefusalProps) {
  const { code, error } = reply
  return (
    <section className="section" aria-label={exchange.backend}>
      <div className="row">
        <h2>{exchange.backend}</h2>
        <span className="grow" />
        <span className="small num ink-2">{ms(roundTripMs)}</span>
      </div>
      <p className="row stop error-text">
        <TriangleAlert size={14} strokeWidth={1.5} aria-hidden />
        <b className="error-code">{code ?? 'error'}</b>
      </p>
      <p className="error-text">{sentence(error)}</p>
      {code !== undefined && (
        <p className="error-text ink-2" title={ERROR_CODES[code]}>
          {ERROR_REMEDIES[code]}
        </p>
      )}
      <LogLink exchange={exchange} />
    </section>
  )
}

function LogLink({ exchange }: { exchange: Exchange }) {
  return (
    <div className="row error-text">
      <button
        type="button"
        className="btn btn-small"
        onClick={() => {
          focusLogs({ search: exchange.requestId })
          showView('logs')
        }}
      >
        <ScrollText size={12} strokeWidth={1.5} aria-hidden />
        Its lines in the log
      </button>
    </div>
  )
}

function FindingChooser({ reading }: { reading: Reading }) {
  const selected = useTest((state) => state.selectedFinding)
  const amount = reading.findings.length
  if (amount === 0) return null
  const show = (index: number) => useTest.setState({ selectedFinding: (index + amount) % amount })
  return (
    <span className="row small ink-3" style={{ gap: 0 }}>
      {amount > 1 && (
        <button
          type="button"
          className="icon-btn icon-btn-small"
          aria-label={`Previous ${reading.noun}`}
          onClick={() => show(selected - 1)}
        >
          <ChevronLeft size={14} aria-hidden />
        </button>
      )}
      {reading.noun} {selected + 1} of {amount}
      {amount > 1 && (
        <button
          type="button"
          className="icon-btn icon-btn-small"
          aria-label={`Next ${reading.noun}`}
          onClick={() => show(selected + 1)}
        >
          <ChevronRight size={14} aria-hidden />
        </button>
      )}
    </span>
  )
}

/** Of the chosen finding; of the whole picture when findings have none of their own; else the findings themselves. */
function Classes({ reading }: { reading: Reading }) {
  const selected = useTest((state) => state.selectedFinding)
  if (reading.prediction === null) {
    return (
      <p className="error-text">{sentence(reading.reason ?? `no ${reading.noun} was found`)}</p>
    )
  }
  const own = reading.findings[selected]?.classes ?? []
  if (own.length > 0 || reading.classes.length > 0) {
    const classes = own.length > 0 ? own : reading.classes
    return (
      <div className="result-classes">
        {classes.map(({ label, probability }, index) => (
          <ClassRow key={index} label={label} share={probability} isFirst={index === 0} />
        ))}
      </div>
    )
  }
  return (
    <div className="result-classes">
      {reading.findings.map(({ label, score }, index) => (
        <ClassRow key={index} label={label} share={score} isFirst={index === selected} />
      ))}
    </div>
  )
}

function ClassRow({ label, share, isFirst }: { label: string; share: number; isFirst: boolean }) {
  return (
    <div className={clsx('class-row', isFirst && 'is-first')}>
      <span className="ellipsis" title={label}>
        {label}
      </span>
      <span className="class-bar">
        <i className="bar-fill" style={{ width: `${share * 100}%` }} />
      </span>
      <span className="num">{number(share, 3)}</span>
    </div>
  )
}

function Facts({ exchange, reading }: { exchange: Exchange; reading: Reading | null }) {
  const { outcome, sent } = exchange
  if (outcome.phase !== 'answered') return null
  const timing = outcome.reply?.timing
  return (
    <section className="section" aria-label="This request">
      <h2>This request</h2>
      <dl className="facts">
        <dt>File</dt>
        <dd>{fileSize(sent.image.size)}</dd>
        {reading && (
          <>
            <dt>Picture</dt>
            <dd>
              {number(reading.image.width)} × {number(reading.image.height)}
            </dd>
          </>
        )}
        {timing && (
          <>
            <dt>Ran together with</dt>
            <dd>{timing.batch_size === 1 ? 'no other' : `${timing.batch_size - 1} more`}</dd>
          </>
        )}
        <dt>Request id</dt>
        <dd className="mono">{exchange.requestId}</dd>
      </dl>
    </section>
  )
}
