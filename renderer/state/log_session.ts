/** Without a text filter, lines are pushed. With one, Switchyard searches, and the search is repeated for new lines. */
import type { ControlResult, LogFilter, LogLevel, LogLine } from '../../protocol/control.ts'
import { EARLIER_LINES_MAX, type LogQuery } from '../../protocol/logs.ts'
import type { ControlClient } from '../../client/control_client.ts'
import { LineList } from './line_list.ts'
import { isBeforeMemory, nextUntil, reachesBackTo } from './log_goal.ts'
import {
  appended,
  NO_LINES,
  PAGE_LINES,
  paused,
  type LevelCounts,
  type LogLines,
} from './log_lines.ts'
import { fillOlder } from './log_pages.ts'
import { leaveMoment, queryOf, textInForce, updateLog, useLogs, type LogText } from './log_store.ts'
import { isConnected, isWatching, usePanel } from './panel_store.ts'
import { useUi } from './ui_store.ts'
import { errorText } from '../format/message.ts'
import { Disposables } from '../../protocol/disposables.ts'

const SEARCH_DEBOUNCE_MS = 200
/** Interval of repeated searches; slow searches repeat after their own duration. */
const AGAIN_MS = 1000
const AGAIN_TIMES_LONGER = 20
const AGAIN_LINES_MAX = 20_000

export interface LogSession {
  dispose(): void
}

/** `onProblem` receives why the log cannot be read; an invalid search is shown beside its field. */
export function followLogs(
  client: Pick<ControlClient, 'call' | 'onEvent'>,
  onProblem: (sentence: string) => void,
): LogSession {
  let wanted = ''
  let shown = ''
  let pushed = ''
  const opened = new Disposables()
  const askTimer = opened.timer()
  const againTimer = opened.timer()
  /** Resumes a search that was due while the page was hidden. */
  let resume: (() => void) | null = null

  const ask = async (query: LogQuery, text: LogText, key: string) => {
    useLogs.setState({ isAsking: true })
    try {
      if (useLogs.getState().earlier !== null) await readEarlier(query, key)
      else if (isSearch(query)) await search(query, key)
      else await follow(query, key)
      if (key === wanted) useLogs.setState({ goodText: text })
    } catch (error) {
      if (key === wanted && isConnected(usePanel.getState())) {
        const sentence = errorText(error)
        if (text.search === '') onProblem(sentence)
        else useLogs.setState({ refusal: { text, sentence } })
      }
    } finally {
      if (key === wanted) useLogs.setState({ isAsking: false })
    }
    if (key === shown) reachGoal()
  }

  const follow = async ({ sources, levels }: LogQuery, key: string) => {
    const filter: LogFilter = { ...(sources && { sources }), ...(levels && { levels }) }
    pushed = key
    const { lines, counts, dropped } = await client.call('logs.follow', {
      filter,
      limit: PAGE_LINES,
    })
    if (key !== wanted) return
    show(key, { lines, counts, dropped, isWhole: lines.length < PAGE_LINES })
    fill(key, filter)
  }

  const fill = (key: string, query: LogQuery) => {
    fillOlder({ client, query, isWanted: () => key === shown }).catch((error: unknown) => {
      if (key === shown && isConnected(usePanel.getState())) onProblem(errorText(error))
    })
  }

  const search = async (query: LogQuery, key: string) => {
    const startMs = performance.now()
    const { levels, ...anyLevel } = query
    // Lines of hidden levels count too: the newest match of any level ends the searched range.
    const ofAnyLevel = await client.call('logs.search', {
      query: anyLevel,
      limit: levels === undefined ? PAGE_LINES : 1,
    })
    const endSeq = endOf(ofAnyLevel)
    const { lines } =
      levels === undefined
        ? ofAnyLevel
        : await client.call('logs.search', { query, limit: PAGE_LINES })
    if (key !== wanted) return
    unfollow()
    const { counts, dropped } = ofAnyLevel
    const isWhole = lines.length < PAGE_LINES
    show(key, { lines: lines.filter((line) => line.seq <= endSeq), counts, dropped, isWhole })
    fill(key, query)
    // Results before a fixed moment do not grow.
    if (query.time_to === undefined) searchAgain(query, key, endSeq, performance.now() - startMs)
  }

  /** From the files: lines that memory dropped, or those of an earlier run. */
  const readEarlier = async (query: LogQuery, key: string) => {
    const { time_from: from = 0, time_to: to = 0, ...rest } = query
    const { lines, is_cut: isCut } = await client.call('logs.earlier', {
      query: { ...rest, time_from: from, time_to: to },
      limit: EARLIER_LINES_MAX,
    })
    if (key !== wanted) return
    const lastMs = lines.at(-1)?.time ?? to
    // The reply was cut: narrow the displayed span to the lines that it covers.
    if (isCut && lastMs < to) {
      useLogs.setState({ earlier: { fromMs: from, toMs: lastMs } })
      return
    }
    unfollow()
    show(key, { lines, counts: countsOf(lines), dropped: 0, isWhole: true })
  }

  const searchAgain = (query: LogQuery, key: string, endSeq: number, tookMs: number) => {
    const next = async () => {
      const startMs = performance.now()
      const { levels, ...anyLevel } = query
      const found = await client.call('logs.search', {
        query: { ...anyLevel, after_seq: endSeq },
        limit: AGAIN_LINES_MAX,
      })
      if (key !== shown) return
      const lines = found.lines.filter((line) => levels?.includes(line.level) ?? true)
      updateLog((log) => ({ ...appended(log, lines, found.counts), dropped: found.dropped }))
      const newEnd = Math.max(endSeq, found.lines.at(-1)?.seq ?? -1)
      searchAgain(query, key, newEnd, performance.now() - startMs)
    }
    const delayMs = Math.max(AGAIN_MS, AGAIN_TIMES_LONGER * tookMs)
    againTimer.set(delayMs, () => {
      // Repeat once the page is visible.
      if (!usePanel.getState().isVisible) {
        resume = () => searchAgain(query, key, endSeq, tookMs)
        return
      }
      next().catch((error: unknown) => {
        if (key !== shown || !isConnected(usePanel.getState())) return
        onProblem(errorText(error))
        searchAgain(query, key, endSeq, delayMs)
      })
    })
  }

  const show = (key: string, found: Shown) => {
    againTimer.clear()
    resume = null
    shown = key
    const lines = { ...NO_LINES, ...found, lines: LineList.of(found.lines) }
    const { untilMs, earlier } = useLogs.getState()
    const isOld = untilMs !== null || earlier !== null
    updateLog(() => (isOld ? paused(lines, Date.now()) : lines))
    useLogs.setState({ loadedAtMs: Date.now() })
  }

  const unfollow = () => {
    pushed = ''
    // Fails only if the connection is lost, and then nothing is pushed either.
    client.call('logs.unfollow', {}).catch(() => undefined)
  }

  const update = () => {
    const isOpen = isConnected(usePanel.getState()) && useUi.getState().view === 'logs'
    const query = queryOf(useLogs.getState())
    const key = isOpen ? JSON.stringify(query) : ''
    if (key === wanted) return
    askTimer.clear()
    const isChange = wanted !== ''
    wanted = key
    // After a rejection the last valid filter applies again, and it is still active.
    if (isOpen && key === shown && pushed === (isSearch(query) ? '' : key)) {
      useLogs.setState({ isAsking: false })
      return
    }
    if (isOpen) {
      const text = textInForce(useLogs.getState())
      askTimer.set(isChange ? SEARCH_DEBOUNCE_MS : 0, () => void ask(query, text, key))
      return
    }
    againTimer.clear()
    resume = null
    shown = ''
    useLogs.setState({ isAsking: false })
    unfollow()
  }

  opened.add(
    client.onEvent((event) => {
      if (event.event !== 'logs' || pushed === '' || pushed !== shown) return
      updateLog((log) => appended(log, event.data.lines, event.data.counts))
    }),
    usePanel.subscribe((after, before) => {
      if (after.connection !== before.connection) update()
      if (resume === null || !isWatching(after)) return
      resume()
      resume = null
    }),
    useUi.subscribe((after, before) => {
      if (after.view === before.view) return
      if (before.view === 'logs') leaveMoment()
      update()
    }),
    useLogs.subscribe((after, before) => {
      if (after.log === before.log) update()
      if (after.goal !== before.goal && shown !== '' && shown === wanted) reachGoal()
    }),
  )
  return {
    dispose() {
      shown = ''
      wanted = ''
      void opened.dispose()
    },
  }
}

interface Shown extends Pick<LogLines, 'counts' | 'dropped' | 'isWhole'> {
  lines: readonly LogLine[]
}

type SearchAnswer = ControlResult<'logs.search'>

function isSearch(query: LogQuery): boolean {
  return query.pattern !== undefined || query.time_to !== undefined
}

/** All lines up to this `seq` were searched. Lines are numbered from 0, and a search covers all lines in memory. */
function endOf({ lines, searched }: SearchAnswer): number {
  return Math.max(lines.at(-1)?.seq ?? -1, searched - 1)
}

/** For moments that memory has dropped, lines this long before and after are read from the files. */
const EARLIER_MS = 60_000

function countsOf(lines: readonly LogLine[]): LevelCounts {
  const count = (level: LogLevel) => lines.filter((line) => line.level === level).length
  return { debug: count('debug'), info: count('info'), warn: count('warn'), error: count('error') }
}

/** Pauses at the moment if its lines are loaded; otherwise requests those around it. */
function reachGoal(): void {
  const { goal, log, untilMs, earlier } = useLogs.getState()
  if (goal === null) return
  const startedAtMs = usePanel.getState().snapshot?.plane.started_at ?? 0
  if (earlier === null && isBeforeMemory(log, goal.timeMs, startedAtMs)) {
    const { timeMs } = goal
    const span = { fromMs: timeMs - EARLIER_MS, toMs: timeMs + EARLIER_MS }
    useLogs.setState({ earlier: span, untilMs: null })
    return
  }
  const next = reachesBackTo(log, goal.timeMs) ? null : nextUntil(goal.timeMs, untilMs)
  if (next === null) updateLog((current) => paused(current, Date.now()))
  else useLogs.setState({ untilMs: next })
}
