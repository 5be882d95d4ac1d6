import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'
import type { LogHistogram, LogQuery } from '../../../protocol/logs.ts'
import { number } from '../../format/number.ts'
import { clockMinutes, clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { jumpTo, queryOf, showSpan, useLogs } from '../../state/log_store.ts'
import { useToday } from '../../state/panel_store.ts'
import {
  BAR_LAYERS,
  barPaths,
  bucketAt,
  sharesOf,
  spanOfBuckets,
  totalOf,
} from './histogram_bars.ts'
import './histogram.css'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSettled } from '../../hooks/use_settled.ts'
import { useControlCall } from '../../state/control_context.tsx'

const LABELS = 5

export function Histogram() {
  const histogram = useHistogram()
  if (histogram === null || histogram.buckets.length === 0) {
    return <div className="log-histogram" aria-hidden="true" />
  }
  return <Bars histogram={histogram} />
}

function Bars({ histogram }: { histogram: LogHistogram }) {
  const span = useLogs((state) => state.span)
  const today = useToday()
  const { cursor, drag, handlers } = useBrush(histogram)
  const paths = barPaths(histogram)
  const brush = sharesOf(
    histogram,
    drag === null ? (span ?? NOTHING) : spanOfBuckets(histogram, drag),
  )
  const { buckets, from, to } = histogram
  const at = cursor ?? buckets.length - 1
  return (
    <div className="log-histogram">
      <div
        className="log-bars"
        role="slider"
        tabIndex={0}
        aria-label={t('logs:histogram.name')}
        aria-valuemin={0}
        aria-valuemax={buckets.length - 1}
        aria-valuenow={at}
        aria-valuetext={bucketText(histogram, at, today)}
        title={cursor === null ? undefined : bucketText(histogram, cursor, today)}
        {...handlers}
      >
        <svg viewBox={`0 0 ${buckets.length} 1`} preserveAspectRatio="none" aria-hidden="true">
          {BAR_LAYERS.map((layer) => (
            <path key={layer} className={`log-bar-${layer}`} d={paths[layer]} />
          ))}
        </svg>
        {cursor !== null && (
          <i
            className="log-cursor"
            style={{ left: `${((cursor + 0.4) / buckets.length) * 100}%` }}
          />
        )}
        {brush !== null && (
          <i
            className="log-brush"
            style={{ left: `${brush.left * 100}%`, width: `${brush.width * 100}%` }}
          />
        )}
      </div>
      <div className="log-bar-times" aria-hidden="true">
        {Array.from({ length: LABELS }, (_, index) => (
          <span key={index}>
            {timeLabel(from + ((to - from) * index) / (LABELS - 1), to - from, today)}
          </span>
        ))}
      </div>
    </div>
  )
}

const NOTHING = { fromMs: Infinity, toMs: Infinity }
const MINUTES_FROM_MS = 20 * 60_000

/** In a short span all labels would show the same minute. */
const timeLabel = (at: number, spanMs: number, nowMs: number) =>
  spanMs < MINUTES_FROM_MS ? clockSeconds(at, nowMs) : clockMinutes(at, nowMs)

function bucketText(histogram: LogHistogram, index: number, nowMs: number): string {
  const bucket = histogram.buckets[index] ?? [0, 0, 0, 0]
  const { fromMs, toMs } = spanOfBuckets(histogram, [index, index])
  return t('logs:histogram.bucket', {
    from: clockSeconds(fromMs, nowMs),
    to: clockSeconds(toMs, nowMs),
    lines: number(totalOf(bucket)),
    errors: number(bucket[3]),
    warnings: number(bucket[2]),
  })
}

/** A shorter pointer move is a click. */
const CLICK_PX = 4

/** Arrows move a cursor, with Shift they select a span, Enter jumps, Escape clears the span. */
function useBrush(histogram: LogHistogram) {
  const [cursor, setCursor] = useState<number | null>(null)
  const [drag, setDrag] = useState<readonly [number, number] | null>(null)
  const pressed = useRef<{ x: number; bucket: number } | null>(null)
  const bucketOf = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    return bucketAt(histogram, (event.clientX - left) / width)
  }
  const finish = (first: number, last: number, isClick: boolean) => {
    if (isClick) jumpTo(spanOfBuckets(histogram, [last, last]).fromMs)
    else showSpan(spanOfBuckets(histogram, [first, last]))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const from = cursor ?? histogram.buckets.length - 1
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key]
    if (step !== undefined) {
      const next = Math.max(0, Math.min(histogram.buckets.length - 1, from + step))
      setCursor(next)
      setDrag(event.shiftKey ? [drag?.[0] ?? from, next] : null)
    } else if (event.key === 'Enter') {
      finish(drag?.[0] ?? from, from, drag === null)
      setDrag(null)
    } else if (event.key === 'Escape') {
      setDrag(null)
      setCursor(null)
      showSpan(null)
    } else return
    event.preventDefault()
  }
  return {
    cursor,
    drag,
    handlers: {
      onKeyDown,
      onBlur: () => setDrag(null),
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        pressed.current = { x: event.clientX, bucket: bucketOf(event) }
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        const bucket = bucketOf(event)
        setCursor(bucket)
        const start = pressed.current
        if (start !== null && Math.abs(event.clientX - start.x) >= CLICK_PX) {
          setDrag([start.bucket, bucket])
        }
      },
      onPointerUp: (event: PointerEvent<HTMLElement>) => {
        const start = pressed.current
        pressed.current = null
        if (start === null) return
        finish(start.bucket, bucketOf(event), Math.abs(event.clientX - start.x) < CLICK_PX)
        setDrag(null)
      },
      onPointerCancel: () => {
        pressed.current = null
        setDrag(null)
      },
      onPointerLeave: () => setCursor(null),
    },
  }
}

const HISTOGRAM_BUCKETS = 170
/** Refetch interval; slow queries repeat after their own duration. */
const AGAIN_MS = 2000
const AGAIN_TIMES_LONGER = 20
const QUIET_MS = 250

/** null before the first reply. Keeps the last one while disconnected. */
function useHistogram(): LogHistogram | null {
  const call = useControlCall()
  const key = useLogs((state) => JSON.stringify(queryOf({ ...state, span: null, untilMs: null })))
  const settled = useSettled(key, QUIET_MS)
  const { data } = useQuery({
    queryKey: ['logs.histogram', settled],
    // The search field shows why a text is rejected.
    queryFn: async () => {
      const startMs = performance.now()
      const query = JSON.parse(settled) as LogQuery
      const histogram = await call('logs.histogram', { query, buckets: HISTOGRAM_BUCKETS })
      return { histogram, tookMs: performance.now() - startMs }
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      Math.max(AGAIN_MS, (state.data?.tookMs ?? 0) * AGAIN_TIMES_LONGER),
  })
  return data?.histogram ?? null
}
