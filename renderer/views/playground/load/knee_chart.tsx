/** Sweep: throughput on x, p95 on y, labelled with the concurrency. */
import { ticksTo } from '../../../charts/scale.ts'
import { useElementSize } from '../../../hooks/element_size.ts'
import { number } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'
import type { StepResult } from '../../../../client/load/load_plan.ts'

const HEIGHT = 132
const LEFT = 64
const RIGHT = 16
const TOP = 14
const BOTTOM = HEIGHT - 18

export function KneeChart({
  steps,
  knee,
}: {
  steps: readonly StepResult[]
  knee: StepResult | null
}) {
  const [holder, { width }] = useElementSize<HTMLDivElement>()
  const drawn = steps.filter(({ p95 }) => p95 !== null)
  const rates = ticksTo(Math.max(1, ...drawn.map((step) => step.perSecond)), 4)
  const times = ticksTo(Math.max(1, ...drawn.map((step) => step.p95 ?? 0)), 2)
  const [rateTop, timeTop] = [rates.at(-1) ?? 1, times.at(-1) ?? 1]
  const right = Math.max(LEFT + 1, width - RIGHT)
  const x = (rate: number) => LEFT + (rate / rateTop) * (right - LEFT)
  const y = (ms: number) => BOTTOM - (ms / timeTop) * (BOTTOM - TOP)
  const points = drawn.map((step) => ({ step, x: x(step.perSecond), y: y(step.p95 ?? 0) }))
  const summary = t('load_test:knee_summary', {
    first: drawn[0]?.concurrency ?? 0,
    last: drawn.at(-1)?.concurrency ?? 0,
  })
  return (
    <div ref={holder} className="load-chart" role="img" aria-label={summary}>
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {times.map((value) => (
          <g key={value}>
            <path d={`M${LEFT} ${Math.round(y(value)) + 0.5}H${right}`} stroke="var(--line)" />
            <text x={LEFT - 5} y={y(value) + 4} textAnchor="end">
              {number(value, Number.isInteger(value) ? 0 : 1)}
              {value === timeTop && ' ms'}
            </text>
          </g>
        ))}
        {rates.map((value) => (
          <text key={value} x={x(value)} y={HEIGHT - 3} textAnchor="middle">
            {number(value, Number.isInteger(value) ? 0 : 1)}
            {value === rateTop && '/s'}
          </text>
        ))}
        <path
          d={`M${points.map((point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join('L')}`}
          fill="none"
          stroke="var(--ink-3)"
          strokeWidth="1.25"
        />
        {points.map((point) => (
          <g key={point.step.concurrency} className={point.step === knee ? 'is-knee' : undefined}>
            <circle cx={point.x} cy={point.y} r={point.step === knee ? 5 : 3.5} />
            <text x={point.x - 7} y={point.y - 7} textAnchor="middle" className="knee-label">
              {point.step.concurrency}
            </text>
          </g>
        ))}
      </svg>
    </div>
  )
}
