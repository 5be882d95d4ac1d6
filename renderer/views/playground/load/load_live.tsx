import { areaPath, linePath } from '../../../charts/paths.ts'
import { ticksTo } from '../../../charts/scale.ts'
import { useElementSize } from '../../../hooks/element_size.ts'
import { msValue, number, perSecond } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'
import type { LoadTick, StepResult } from '../../../../client/load/load_plan.ts'
import { useLoad } from '../../../state/load/load_store.ts'

export function LoadLive() {
  const running = useLoad((state) => state.running)
  const last = useLoad((state) => state.results[0])
  const report = running?.progress ?? last?.report
  if (!report && !running) return null
  const step = running?.progress?.current ?? report?.steps.at(-1) ?? null
  const ticks = report?.ticks ?? []
  return (
    <section className="section" aria-label={t('load_test:throughput')}>
      <div className="row">
        <h2>{t('load_test:throughput')}</h2>
        <span className="small ink-3">{running && <Phase step={step} />}</span>
        <span className="grow" />
        <b className="num">{step && step.perSecond > 0 && `${perSecond(step.perSecond)}/s`}</b>
      </div>
      <ThroughputChart ticks={ticks} />
      {step && <Percentiles step={step} />}
    </section>
  )
}

function Phase({ step }: { step: StepResult | null }) {
  const running = useLoad((state) => state.running)
  if (!running || step === null || step.seconds === 0) return t('load_test:warming')
  const { seconds, isSweep } = running.settings
  const so_far = t('load_test:so_far', {
    seconds: number(Math.min(seconds, (running.progress?.ticks.at(-1)?.atMs ?? 0) / 1000)),
    total: seconds,
  })
  return isSweep
    ? `${t('load_test:at_step', { concurrency: step.concurrency })}, ${so_far}`
    : so_far
}

const HEIGHT = 92
const LEFT = 40
const TOP = 6
const BOTTOM = HEIGHT - 16

function ThroughputChart({ ticks }: { ticks: readonly LoadTick[] }) {
  const [holder, { width }] = useElementSize<HTMLDivElement>()
  const peak = Math.max(1, ...ticks.map((tick) => tick.perSecond))
  const scale = ticksTo(peak, 2)
  const top = scale.at(-1) ?? 1
  const endMs = Math.max(1000, ticks.at(-1)?.atMs ?? 0)
  const y = (value: number) => BOTTOM - (value / top) * (BOTTOM - TOP)
  const points = ticks.map(({ atMs, perSecond: rate }) => ({
    x: LEFT + (atMs / endMs) * Math.max(0, width - LEFT),
    y: y(rate),
  }))
  const summary = t('load_test:throughput_summary', {
    max: number(peak, 1),
    seconds: number(endMs / 1000),
  })
  return (
    <div ref={holder} className="load-chart" role="img" aria-label={summary}>
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {scale.map((value) => (
          <g key={value}>
            <path d={`M${LEFT} ${Math.round(y(value)) + 0.5}H${width}`} stroke="var(--line)" />
            <text x={LEFT - 5} y={y(value) + 4} textAnchor="end">
              {number(value, Number.isInteger(value) ? 0 : 1)}
              {value === top && '/s'}
            </text>
          </g>
        ))}
        <path d={areaPath(points, BOTTOM)} fill="var(--accent)" opacity="0.14" />
        <path d={linePath(points)} fill="none" stroke="var(--accent)" strokeWidth="1.5" />
        <text x={LEFT} y={HEIGHT - 3}>
          0
        </text>
        <text x={width} y={HEIGHT - 3} textAnchor="end">
          {t('load_test:with_warm_up', { seconds: number(endMs / 1000) })}
        </text>
      </svg>
    </div>
  )
}

function Percentiles({ step }: { step: StepResult }) {
  const failures = Object.entries(step.errors)
  const amount = failures.reduce((sum, [, count]) => sum + count, 0)
  const values = [
    [t('words:p50_ms'), msOrNone(step.p50)],
    [t('load_test:p95'), msOrNone(step.p95)],
    [t('load_test:p99'), msOrNone(step.p99)],
    [t('load_test:max'), step.answers === 0 ? '–' : msValue(step.maxMs)],
    [t('words:errors'), number(amount)],
  ]
  return (
    <>
      <dl className="load-values">
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{value}</dd>
          </div>
        ))}
      </dl>
      {failures.length > 0 && (
        <p className="small stop" lang="en">
          {failures.map(([code, count]) => `${code} ${number(count)}`).join(', ')}
        </p>
      )}
    </>
  )
}

const msOrNone = (ms: number | null) => (ms === null ? '–' : msValue(ms))
