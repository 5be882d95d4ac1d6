/** One bar for each backend of the run: where the round trip went. */
import { ticksTo } from '../../charts/scale.ts'
import { providerName } from '../../format/backend_words.ts'
import { ms, number } from '../../format/number.ts'
import type { Exchange } from '../../state/runs.ts'
import { currentRun, useTest } from '../../state/test_store.ts'
import { timingSplit, type Stage, type StageName } from './timing_split.ts'
import './timing_bars.css'
import { t } from '../../i18n/i18n.ts'

const COLOURS: Record<StageName, string> = {
  socket: 'var(--ink-3)',
  queue: 'var(--d0)',
  preprocess: 'var(--d2)',
  inference: 'var(--accent)',
  postprocess: 'var(--d3)',
  rest: 'var(--line-2)',
}
const LEGEND: readonly StageName[] = ['socket', 'queue', 'preprocess', 'inference', 'postprocess']
/** Share of the bar from which on a stage has room for its figure. */
const FIGURE_SHARE_MIN = 0.07

export function TimingBars() {
  const run = useTest(currentRun)
  const rows = (run?.exchanges ?? []).flatMap((exchange) => {
    const { outcome } = exchange
    return outcome.phase === 'answered'
      ? [
          {
            exchange,
            stages: timingSplit(outcome.reply?.timing, outcome.roundTripMs),
            totalMs: outcome.roundTripMs,
          },
        ]
      : []
  })
  if (rows.length === 0) return null
  const ticks = ticksTo(Math.max(...rows.map((row) => row.totalMs)), 6)
  const maxMs = ticks.at(-1) ?? 1
  const hasRest = rows.some((row) => row.stages.some((stage) => stage.name === 'rest'))
  return (
    <section className="timing" aria-label={t('test:view.timing_of_this_request')}>
      <div className="timing-head">
        <h2 className="h2">{t('test:view.timing_of_this_request')}</h2>
        <span className="grow" />
        {[...LEGEND, ...(hasRest ? (['rest'] as const) : [])].map((name) => (
          <span className="legend" key={name}>
            <i className="swatch" style={{ background: COLOURS[name] }} />
            {t(`test:stage.${name}`)}
          </span>
        ))}
      </div>
      {rows.map((row) => (
        <div className="timing-row" key={row.exchange.requestId}>
          <TimingLabel exchange={row.exchange} />
          <TimingBar stages={row.stages} maxMs={maxMs} gaps={ticks.length - 1} />
          <b className="num small">{ms(row.totalMs)}</b>
        </div>
      ))}
      <div className="timing-row caption ink-3" aria-hidden="true">
        <span />
        <span className="timing-ticks">
          {ticks.map((tick, index) => (
            <i key={tick}>
              {number(tick, Number.isInteger(tick) ? 0 : 1)}
              {index === ticks.length - 1 && ' ms'}
            </i>
          ))}
        </span>
        <span />
      </div>
    </section>
  )
}

function TimingLabel({ exchange }: { exchange: Exchange }) {
  const provider =
    exchange.outcome.phase === 'answered' ? exchange.outcome.reply?.provider : undefined
  return (
    <span className="small ellipsis">
      <b>{exchange.backend}</b>{' '}
      {provider !== undefined && <span className="ink-3">{providerName(provider)}</span>}
    </span>
  )
}

interface TimingBarProps {
  stages: readonly Stage[]
  maxMs: number
  gaps: number
}

function TimingBar({ stages, maxMs, gaps }: TimingBarProps) {
  const sentence = stages
    .map((stage) => `${t(`test:stage.${stage.name}`)} ${ms(stage.ms)}`)
    .join(', ')
  return (
    <div
      className="timing-bar"
      role="img"
      aria-label={sentence}
      style={{ backgroundSize: `${100 / gaps}% 100%` }}
    >
      {stages.map((stage) => (
        <i
          key={stage.name}
          className="bar-fill"
          data-stage={stage.name}
          title={`${t(`test:stage.${stage.name}`)} ${ms(stage.ms)}`}
          style={{ width: `${(stage.ms / maxMs) * 100}%`, background: COLOURS[stage.name] }}
        >
          {stage.ms / maxMs >= FIGURE_SHARE_MIN && number(stage.ms, 1)}
        </i>
      ))}
    </div>
  )
}
