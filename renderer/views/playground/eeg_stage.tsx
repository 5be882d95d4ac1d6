import { memo, useMemo } from 'react'
import type { EegResult } from '../../../protocol/results.ts'
import { useElementSize } from '../../hooks/element_size.ts'
import { fileSize, number } from '../../format/number.ts'
import { isBusy, type Run, type PlaygroundInput } from '../../state/runs.ts'
import { BusyNote } from './busy_note.tsx'
import { artefactText } from './signal_text.ts'
import { artefactSpans, rowReachUv, timeTicks, tracePath } from './eeg_geometry.ts'
import './eeg_stage.css'
import type { Size } from './fitted.ts'
import { eegOf } from './reply_reading.ts'
import { t, useLanguage } from '../../i18n/i18n.ts'

const LEFT = 52
const RIGHT = 14
const TOP = 10
const AXIS_HEIGHT = 40
/** Below this, channel names would touch, so the stage scrolls. */
const ROW_HEIGHT_MIN = 16
/** How far a trace may reach into neighbouring rows, in row heights. */
const OVERLAP = 0.9
/** Narrower spans show their reason only in the tooltip. */
const LABEL_WIDTH_MIN = 96

export function EegStage({ input, run }: { input: PlaygroundInput; run: Run | null }) {
  const [holder, size] = useElementSize<HTMLDivElement>()
  const result = eegOf(run)
  const hasTraces = result !== null && result.traces.channels.length > 0
  return (
    <>
      <div className="view-bar stage-bar">
        <b className="ellipsis" title={input.name}>
          {input.name}
        </b>
        <span className="small ink-3">
          {result && `${recordingText(result)}, `}
          {fileSize(input.file.size)}
        </span>
      </div>
      <div className="stage eeg-stage" ref={holder} tabIndex={hasTraces ? 0 : undefined}>
        {hasTraces ? (
          size.width > 0 && <Traces result={result} size={size} name={input.name} />
        ) : (
          <p className="stage-unreadable">{emptyText(run)}</p>
        )}
        {run && isBusy(run) && <BusyNote run={run} />}
      </div>
    </>
  )
}

interface TracesProps {
  result: EegResult
  size: Size
  name: string
}

/** Thousands of points, so re-rendered only for a new reply or size. */
const Traces = memo(function Traces({ result, size, name }: TracesProps) {
  useLanguage()
  const { traces, recording } = result
  const amount = traces.channels.length
  const rowHeight = Math.max(ROW_HEIGHT_MIN, (size.height - TOP - AXIS_HEIGHT) / amount)
  const height = TOP + rowHeight * amount + AXIS_HEIGHT
  const width = Math.max(40, size.width - LEFT - RIGHT)
  const bottom = TOP + rowHeight * amount
  const durationS = Math.max(recording.duration_s, traces.step_s)
  const xOf = (timeS: number) => Math.min(width, (timeS / durationS) * width)
  const reachUv = useMemo(() => rowReachUv(traces.channels), [traces])
  const scaleY = rowHeight / 2 / reachUv
  const spans = artefactSpans(result.artefact_windows)
  return (
    <svg
      className="eeg-traces"
      width={size.width}
      height={height}
      role="img"
      aria-label={t('test:say.traces', {
        name,
        recording: recordingText(result),
        leftOut: t('test:say.shaded', { count: spans.length }),
      })}
    >
      <g transform={`translate(${LEFT} 0)`}>
        {spans.map(({ startS, endS, reasons }) => (
          <rect
            key={startS}
            className="eeg-artefact bar-fill"
            x={xOf(startS)}
            y={TOP}
            width={xOf(endS) - xOf(startS)}
            height={bottom - TOP}
          >
            <title>
              {t('test:say.span_left_out', {
                reasons: artefactText(reasons),
                from: number(startS, 1),
                to: number(endS, 1),
              })}
            </title>
          </rect>
        ))}
        {timeTicks(durationS).map(({ timeS, label }) => (
          <g key={timeS} className="eeg-tick">
            <line x1={xOf(timeS)} x2={xOf(timeS)} y1={TOP} y2={bottom} />
            <text x={xOf(timeS)} y={bottom + 15} textAnchor="middle">
              {label}
            </text>
          </g>
        ))}
        {traces.channels.map((trace, index) => {
          const middleY = TOP + rowHeight * (index + 0.5)
          const reachY = Math.min(middleY - TOP, bottom - middleY, rowHeight * OVERLAP)
          const stepX = (traces.step_s / durationS) * width
          return (
            <g key={index}>
              <text className="eeg-channel" x={10 - LEFT} y={middleY + 4}>
                <title>{trace.name}</title>
                {shortName(trace.name)}
              </text>
              <path
                className="eeg-trace"
                d={tracePath(trace, { stepX, middleY, scaleY, reachY })}
              />
            </g>
          )
        })}
        {spans
          .filter(({ startS, endS }) => xOf(endS) - xOf(startS) >= LABEL_WIDTH_MIN)
          .map(({ startS, reasons }) => (
            <text key={startS} className="eeg-artefact-label" x={xOf(startS) + 4} y={bottom - 6}>
              {t('test:say.left_out', { reason: artefactText(reasons.slice(0, 1)) })}
            </text>
          ))}
        <text className="eeg-scale" x={width} y={bottom + 32} textAnchor="end">
          {t('test:say.row_height', { height: number(reachUv * 2) })}
        </text>
        {spans.length > 0 && (
          <text className="eeg-scale" x={0} y={bottom + 32}>
            {t('test:say.shaded', { count: spans.length })}
          </text>
        )}
      </g>
    </svg>
  )
})

export function recordingText({ recording }: EegResult): string {
  const { duration_s: durationS, channels, sampling_rate: rateHz } = recording
  const duration = number(durationS, durationS < 10 ? 1 : 0)
  const rate = number(rateHz, Number.isInteger(rateHz) ? 0 : 1)
  return t('test:say.recording', { duration, count: channels.length, rate })
}

function shortName(name: string): string {
  return name.length > 5 ? `${name.slice(0, 4)}…` : name
}

function emptyText(run: Run | null): string {
  if (!run) return t('test:say.traces_later')
  if (isBusy(run)) return t('test:say.traces_busy')
  return t('test:say.traces_none')
}
