/** Virtualized log lines. Scrolling up pauses, scrolling to the end resumes. */
import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type UIEvent,
} from 'react'
import { useShallow } from 'zustand/react/shallow'
import { t } from '../../i18n/i18n.ts'
import { paused, type LogLines } from '../../state/log_lines.ts'
import { indexAt } from '../../state/log_goal.ts'
import { showAside, textInForce, updateLog, useLogs } from '../../state/log_store.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { LogRow } from './log_row.tsx'
import { useRowWindow } from '../../hooks/row_window.ts'

/** As in logs_view.css. */
const ROW_HEIGHT = 20
/** Closer to the end than this counts as at the end. */
const END_SLACK = ROW_HEIGHT * 2

export function LogRows({ log }: { log: LogLines }) {
  const scroller = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  const { lines, following } = log
  const goal = useLogs((state) => state.goal)
  const openId = useLogs(({ aside }) => (aside?.kind === 'request' ? aside.id : null))
  const openSeq = useLogs(({ aside }) => (aside?.kind === 'line' ? aside.line.seq : null))
  const colours = useSourceColours()
  const searched = useLogs(useShallow(textInForce))
  const [chosenSeq, setChosenSeq] = useState<number | null>(null)
  const { start, end } = useRowWindow(scroller, {
    count: lines.length,
    height: ROW_HEIGHT,
    isAtEnd: following,
  })
  useSteadyPlace(scroller, log)

  const goalIndex = goal === null || following ? -1 : indexAt(lines, goal.timeMs)
  const goalSeq = goalIndex === -1 ? null : (lines.at(goalIndex)?.seq ?? null)
  useEffect(() => {
    if (goalSeq === null) return
    const index = useLogs.getState().log.lines.indexOfSeq(goalSeq)
    bringIntoSight(scroller.current, index, 'center')
  }, [goal, goalSeq])

  const onScroll = (event: UIEvent<HTMLDivElement>) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
    const goesUp = scrollTop < lastTop.current
    lastTop.current = scrollTop
    if (goesUp && scrollHeight - clientHeight - scrollTop > END_SLACK) pause()
  }
  const chosen = chosenSeq === null ? -1 : lines.indexOfSeq(chosenSeq)
  const chosenLine = lines.at(chosen)
  const choose = (index: number) => {
    const place = Math.max(0, Math.min(lines.length - 1, index))
    const line = lines.at(place)
    if (line === undefined) return
    pause()
    setChosenSeq(line.seq)
    bringIntoSight(scroller.current, place, 'nearest')
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === 'Enter') {
      const line = lines.at(chosen)
      if (line === undefined) return
      showAside({ kind: 'line', line })
    } else {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1)
      // Without a selection, start at the last visible line.
      const from = chosen === -1 ? lastInSight(scroller.current, lines.length) : chosen
      const next = {
        ArrowUp: from - 1,
        ArrowDown: from + 1,
        PageUp: from - page,
        PageDown: from + page,
        Home: 0,
        End: lines.length - 1,
      }[event.key]
      if (next === undefined) return
      choose(next)
    }
    event.preventDefault()
  }

  return (
    <>
      <div
        ref={scroller}
        className="virtual-rows"
        role="log"
        aria-live="off"
        aria-label={t('logs:rows.name')}
        aria-describedby="log-rows-keys"
        tabIndex={0}
        data-region-focus
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: lines.length * ROW_HEIGHT, ...sourceWidth(Object.keys(colours)) }}>
          {lines.slice(start, end).map((line, place) => (
            // Keyed by slot: in a flood all lines change, and their elements are reused.
            <LogRow
              key={(start + place) % (end - start)}
              line={line}
              top={(start + place) * ROW_HEIGHT}
              colour={colours[line.source] ?? 'var(--d0)'}
              searched={searched}
              isMarked={line.seq === goalSeq || line.seq === chosenSeq}
              isOpen={line.seq === openSeq || (openId !== null && line.request_id === openId)}
            />
          ))}
        </div>
      </div>
      <p className="sr-only" id="log-rows-keys">
        {t('logs:rows.keys')}
      </p>
      <p className="sr-only" role="status">
        {chosenLine && `${chosenLine.source} ${chosenLine.message}`}
      </p>
    </>
  )
}

/** Characters of a source in a narrow and in a wide window. */
const SOURCE_CHARACTERS = { min: 10, max: 20 }

/** As wide as the longest name within limits; longer names are cut and have a tooltip. */
function sourceWidth(names: readonly string[]): React.CSSProperties {
  const longest = Math.max(0, ...names.map((name) => name.length))
  const { min, max } = SOURCE_CHARACTERS
  const characters = Math.max(min, Math.min(max, longest))
  // The mark and its gap precede the name.
  return { '--source-width': `calc(${characters}ch + 12px)` } as React.CSSProperties
}

/** Keeps the end visible while following; otherwise keeps the position when older lines are prepended. */
function useSteadyPlace(
  scroller: { readonly current: HTMLDivElement | null },
  { lines, following }: LogLines,
): void {
  const before = useRef({ firstSeq: Infinity, height: -1, following: false })
  useLayoutEffect(() => {
    const element = scroller.current
    const { firstSeq, height, following: followed } = before.current
    const now = {
      firstSeq: lines.first?.seq ?? Infinity,
      height: lines.length * ROW_HEIGHT,
      following,
    }
    before.current = now
    if (element === null) return
    if (following) {
      // At its limit the list keeps its height; scrolling would only force a layout.
      if (followed && height === now.height) return
      // The frame lays the page out anyway; here it would force a layout within the push.
      requestAnimationFrame(() => {
        if (before.current.following) element.scrollTo({ top: before.current.height })
      })
    } else if (firstSeq !== Infinity && now.firstSeq < firstSeq) {
      element.scrollBy({ top: lines.indexOfSeq(firstSeq) * ROW_HEIGHT })
    }
  }, [scroller, lines, following])
}

function bringIntoSight(
  element: HTMLElement | null,
  index: number,
  place: 'center' | 'nearest',
): void {
  if (element === null || index === -1) return
  const { scrollTop, clientHeight } = element
  const top = index * ROW_HEIGHT
  if (place === 'center') element.scrollTop = top - (clientHeight - ROW_HEIGHT) / 2
  else if (top < scrollTop) element.scrollTop = top
  else if (top + ROW_HEIGHT > scrollTop + clientHeight) {
    element.scrollTop = top + ROW_HEIGHT - clientHeight
  }
}

function lastInSight(element: HTMLElement | null, count: number): number {
  if (element === null) return count
  return Math.min(count, Math.floor((element.scrollTop + element.clientHeight) / ROW_HEIGHT))
}

function pause(): void {
  updateLog((log) => paused(log, Date.now()))
}
