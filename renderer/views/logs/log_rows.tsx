/** The lines themselves: only those in sight are in the page. Scrolling up pauses, the end follows again. */
import { useVirtualizer } from '@tanstack/react-virtual'
import clsx from 'clsx'
import { useEffect, useRef, type UIEvent } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { LogLine } from '../../../protocol/control.ts'
import { clockMs, isoDate } from '../../format/time.ts'
import { paused, type LogLines } from '../../state/log_lines.ts'
import { indexAt } from '../../state/log_goal.ts'
import { focusLogs, textInForce, updateLog, useLogs, type LogText } from '../../state/log_store.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { marked } from './marked.ts'

const ROW_HEIGHT = 20
const OVERSCAN = 12
/** Nearer to the end than this counts as at the end. */
const END_SLACK = ROW_HEIGHT * 2

export function LogRows({ log }: { log: LogLines }) {
  const scroller = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  const { lines, following } = log
  const goal = useLogs((state) => state.goal)
  const colours = useSourceColours()
  const searched = useLogs(useShallow(textInForce))
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions change with each scroll, and only this component reads them
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    getItemKey: (index) => lines[index]?.seq ?? index,
  })

  useEffect(() => {
    if (following && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [following, lines, virtualizer])

  const goalIndex = goal === null || following ? -1 : indexAt(lines, goal.timeMs)
  useEffect(() => {
    if (goalIndex !== -1) virtualizer.scrollToIndex(goalIndex, { align: 'center' })
  }, [goal, goalIndex, virtualizer])

  const onScroll = (event: UIEvent<HTMLDivElement>) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
    const goesUp = scrollTop < lastTop.current
    lastTop.current = scrollTop
    if (goesUp && scrollHeight - clientHeight - scrollTop > END_SLACK) {
      updateLog((current) => paused(current, Date.now()))
    }
  }

  return (
    <div
      ref={scroller}
      className="log-rows"
      role="log"
      aria-live="off"
      aria-label="Log lines"
      tabIndex={0}
      data-region-focus
      onScroll={onScroll}
    >
      <div className="log-sheet" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((row) => {
          const line = lines[row.index]
          return (
            line && (
              <Line
                key={row.key}
                line={line}
                top={row.start}
                colour={colours[line.source] ?? 'var(--d0)'}
                searched={searched}
                isGoal={row.index === goalIndex}
              />
            )
          )
        })}
      </div>
    </div>
  )
}

interface LineProps {
  line: LogLine
  top: number
  colour: string
  searched: LogText
  /** It was jumped to. */
  isGoal: boolean
}

function Line({ line, top, colour, searched, isGoal }: LineProps) {
  return (
    <div
      className={clsx('log-line', `log-${line.level}`)}
      style={{ transform: `translateY(${top}px)` }}
      data-goal={isGoal ? '' : undefined}
    >
      <time title={isoDate(line.time)}>{clockMs(line.time)}</time>
      <span className="log-source">
        <i className="source-mark" style={{ background: colour }} />
        <span>{line.source}</span>
      </span>
      <span className="log-level">{line.level.toUpperCase()}</span>
      <span className="log-message" title={titleOf(line)}>
        <Marked text={line.message} searched={searched} />
      </span>
      {line.request_id !== undefined && <RequestId id={line.request_id} searched={searched} />}
    </div>
  )
}

const ID_SHOWN = 8

function RequestId({ id, searched }: { id: string; searched: LogText }) {
  const short = id.slice(0, ID_SHOWN)
  const isMatch = marked(id, searched).some((part) => part.isMatch)
  return (
    <button
      type="button"
      className="log-id"
      tabIndex={-1}
      title={`${id}: show the lines of this request alone`}
      onClick={() => focusLogs({ search: id })}
    >
      {isMatch ? <mark>{short}</mark> : short}
    </button>
  )
}

function Marked({ text, searched }: { text: string; searched: LogText }) {
  return marked(text, searched).map(({ part, isMatch }, index) =>
    isMatch ? <mark key={index}>{part}</mark> : part,
  )
}

function titleOf(line: LogLine): string {
  return line.fields === undefined
    ? line.message
    : `${line.message}\n${JSON.stringify(line.fields)}`
}
