import type { EegResult } from '../../../protocol/results.ts'
import { linePath } from '../../charts/paths.ts'
import { useElementSize } from '../../hooks/element_size.ts'
import { number } from '../../format/number.ts'
import { artefactSpans, scorePoints, timeTicks } from './eeg_geometry.ts'
import { t } from '../../i18n/i18n.ts'

const HEIGHT = 96
const LEFT = 26
const RIGHT = 14
const TOP = 6
const BOTTOM = 76
const SCORES = [0, 50, 100]
const TICKS_MAX = 5

export function ScoreChart({ result }: { result: EegResult }) {
  const [holder, size] = useElementSize<HTMLDivElement>()
  const { window_results: windows, recording } = result
  const width = Math.max(40, size.width - LEFT - RIGHT)
  const xOf = (timeS: number) => LEFT + Math.min(1, timeS / recording.duration_s) * width
  const yOf = (score: number) => BOTTOM - (score / 100) * (BOTTOM - TOP)
  const scores = windows.map((window) => window.score_ema)
  const raw = windows
    .map(({ t_end_s, score_raw }) => `M${xOf(t_end_s).toFixed(1)} ${yOf(score_raw).toFixed(1)}h0`)
    .join('')
  const line = linePath(scorePoints(windows, (timeS, score) => ({ x: xOf(timeS), y: yOf(score) })))
  return (
    <div ref={holder} className="score-chart">
      <svg
        width={size.width}
        height={HEIGHT}
        role="img"
        aria-label={t('test:say.score_summary', {
          windows: number(windows.length),
          min: number(Math.min(...scores)),
          max: number(Math.max(...scores)),
        })}
      >
        {artefactSpans(result.artefact_windows).map(({ startS, endS }) => (
          <rect
            key={startS}
            className="eeg-artefact bar-fill"
            x={xOf(startS)}
            y={TOP}
            width={xOf(endS) - xOf(startS)}
            height={BOTTOM - TOP}
          />
        ))}
        {SCORES.map((score) => (
          <g key={score}>
            <line
              className="score-grid"
              x1={LEFT}
              x2={LEFT + width}
              y1={yOf(score)}
              y2={yOf(score)}
            />
            <text x={LEFT - 5} y={yOf(score) + 4} textAnchor="end">
              {score}
            </text>
          </g>
        ))}
        {timeTicks(recording.duration_s, TICKS_MAX).map(({ timeS, label }) => (
          <text key={timeS} x={xOf(timeS)} y={BOTTOM + 15} textAnchor="middle">
            {label}
          </text>
        ))}
        <path className="score-raw" d={raw} />
        <path className="score-line" d={line} />
      </svg>
      <p className="row caption ink-3">
        <span className="legend">
          <i className="swatch" style={{ background: 'var(--accent)', height: 2 }} />
          {t('test:view.smoothed')}
        </span>
        <span className="legend">
          <i className="swatch" style={{ background: 'var(--ink-3)', width: 4, height: 4 }} />
          {t('test:view.each_window')}
        </span>
      </p>
    </div>
  )
}
