import { create } from 'zustand'
import { LOG_LEVELS, type LogLevel, type LogLine } from '../../protocol/control.ts'
import type { LogQuery } from '../../protocol/logs.ts'
import { NO_LINES, type LogLines } from './log_lines.ts'

export interface LogText {
  search: string
  /** JavaScript syntax. */
  isRegex: boolean
  isCaseSensitive: boolean
}

export interface LogState extends LogText {
  log: LogLines
  loadedAtMs: number | null
  sources: readonly string[]
  levels: readonly LogLevel[]
  /** The last valid text; it applies while a newer one is rejected. */
  goodText: LogText
  refusal: { text: LogText; sentence: string } | null
  isAsking: boolean
  /** Upper time bound, unix milliseconds; null: the newest lines are shown. */
  untilMs: number | null
  span: LogSpan | null
  /** Memory does not reach the target moment: lines of this span are read from the files. */
  earlier: LogSpan | null
  aside: LogAside | null
  goal: LogGoal | null
}

/** Unix milliseconds, both inclusive. */
export interface LogSpan {
  fromMs: number
  toMs: number
}

/** One line, one request, or the requests that a backend answered in a span. */
export type LogAside =
  | { kind: 'line'; line: LogLine }
  | { kind: 'request'; id: string }
  | { kind: 'slowest'; source: string; span: LogSpan }

export interface LogGoal {
  timeMs: number
}

export const NO_TEXT: LogText = { search: '', isRegex: false, isCaseSensitive: false }

const NO_PLACE = { untilMs: null, span: null, earlier: null, goal: null }

export const useLogs = create<LogState>()(() => ({
  ...NO_TEXT,
  log: NO_LINES,
  loadedAtMs: null,
  sources: [],
  levels: LOG_LEVELS,
  goodText: NO_TEXT,
  refusal: null,
  isAsking: false,
  untilMs: null,
  span: null,
  earlier: null,
  aside: null,
  goal: null,
}))

export function textOf({ search, isRegex, isCaseSensitive }: LogText): LogText {
  return { search, isRegex, isCaseSensitive }
}

export function isSameText(left: LogText, right: LogText): boolean {
  return (
    left.search === right.search &&
    left.isRegex === right.isRegex &&
    left.isCaseSensitive === right.isCaseSensitive
  )
}

/** Why the typed text does not filter; null if it does. */
export function refusalOf(state: LogState): string | null {
  const { refusal } = state
  return refusal !== null && isSameText(refusal.text, state) ? refusal.sentence : null
}

/** The typed text, or the last valid one while it is rejected. */
export function textInForce(state: LogState): LogText {
  return refusalOf(state) === null ? textOf(state) : state.goodText
}

export function queryOf(state: LogState): LogQuery {
  const { search, isRegex, isCaseSensitive } = textInForce(state)
  return {
    ...(state.sources.length > 0 && { sources: [...state.sources] }),
    ...(state.levels.length < LOG_LEVELS.length && { levels: [...state.levels] }),
    ...(search !== '' && {
      pattern: search,
      ...(isRegex && { is_regex: true }),
      ...(isCaseSensitive && { case_sensitive: true }),
    }),
    ...placeOf(state),
  }
}

function placeOf({ earlier, span, untilMs }: LogState): Pick<LogQuery, 'time_from' | 'time_to'> {
  if (earlier !== null) return { time_from: earlier.fromMs, time_to: earlier.toMs }
  const toMs = Math.min(untilMs ?? Infinity, span?.toMs ?? Infinity)
  return {
    ...(span !== null && { time_from: span.fromMs }),
    ...(toMs !== Infinity && { time_to: toMs }),
  }
}

export function isFiltered(state: LogState): boolean {
  return Object.keys(queryOf(state)).length > 0
}

export function toggleSource(source: string): void {
  useLogs.setState((state) => ({ sources: toggled(state.sources, source) }))
}

export function toggleLevel(level: LogLevel): void {
  useLogs.setState((state) => {
    const chosen = toggled(state.levels, level)
    return { levels: LOG_LEVELS.filter((one) => chosen.includes(one)) }
  })
}

export function showAllSources(): void {
  useLogs.setState({ sources: [] })
}

export function searchLogs(search: string): void {
  useLogs.setState({ search })
}

export function toggleRegex(): void {
  useLogs.setState((state) => ({ isRegex: !state.isRegex }))
}

export function toggleCase(): void {
  useLogs.setState((state) => ({ isCaseSensitive: !state.isCaseSensitive }))
}

export function clearLogFilter(): void {
  useLogs.setState({ ...NO_TEXT, sources: [], levels: LOG_LEVELS, ...NO_PLACE })
}

export function focusLogs(focus: { source?: string; search?: string }): void {
  useLogs.setState({
    ...NO_TEXT,
    sources: focus.source === undefined ? [] : [focus.source],
    levels: LOG_LEVELS,
    search: focus.search ?? '',
    ...NO_PLACE,
  })
}

export function jumpTo(timeMs: number): void {
  useLogs.setState({ goal: { timeMs }, earlier: null })
}

export function showSpan(span: LogSpan | null): void {
  useLogs.setState({ ...NO_PLACE, span })
}

/** Shows the lines of a span from the files, earlier runs included. */
export function showFilesOf(span: LogSpan): void {
  useLogs.setState({ ...NO_PLACE, earlier: span })
}

export function showAside(aside: LogAside | null): void {
  useLogs.setState({ aside })
}

export function leaveMoment(): void {
  useLogs.setState(NO_PLACE)
}

export function updateLog(update: (log: LogLines) => LogLines): void {
  useLogs.setState((state) => ({ log: update(state.log) }))
}

function toggled<T>(list: readonly T[], entry: T): readonly T[] {
  return list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry]
}
