import clsx from 'clsx'
import { ticksTo } from '../../charts/scale.ts'
import { useElementSize } from '../../hooks/element_size.ts'
import { providerName } from '../../format/backend_text.ts'
import { ms, number } from '../../format/number.ts'
import type { Exchange } from '../../state/runs.ts'
import { currentRun, usePlayground } from '../../state/playground_store.ts'
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
const TICK_WIDTH = 56
/** Name and total beside the bar, with gaps. */
const BESIDE_BAR = 112 + 62 + 2 * 8 + 2 * 14

export function TimingBars() {
  const run = usePlayground(currentRun)
  const [holder, size] = useElementSize<HTMLElement>()
  const barWidth = Math.max(1, size.width - BESIDE_BAR)
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
  const most = Math.max(...rows.map((row) => row.totalMs))
  const ticks = rows.length === 0 ? [] : ticksTo(most, ticksFor(barWidth))
  const maxMs = ticks.at(-1) ?? 1
  const hasRest = rows.some((row) => row.stages.some((stage) => stage.name === 'rest'))
  return (
    <section
      ref={holder}
      className="timing"
      hidden={rows.length === 0}
      aria-label={t('test:view.request_timing')}
    >
      <div className="timing-head">
        <h2 className="h2">{t('test:view.request_timing')}</h2>
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

const ticksFor = (width: number) => Math.max(1, Math.min(6, Math.floor(width / TICK_WIDTH)))

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
          <span className={clsx(stage.ms >= 100 && 'is-long')}>{number(stage.ms, 1)}</span>
        </i>
      ))}
    </div>
  )
}
