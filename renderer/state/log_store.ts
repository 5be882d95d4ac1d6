/** The log view's lines, filter and the moment that it is to show. log_session.ts asks the control plane for what the filter says. */
import { create } from 'zustand'
import { LOG_LEVELS, type LogLevel, type LogLine } from '../../protocol/control.ts'
import type { LogQuery } from '../../protocol/logs.ts'
import { NO_LINES, type LogLines } from './log_lines.ts'

/** What is looked for in the text of a line. */
export interface LogText {
  /** Empty: any text. */
  search: string
  /** In JavaScript's syntax. */
  isRegex: boolean
  isCaseSensitive: boolean
}

export interface LogState extends LogText {
  log: LogLines
  /** null until the first answer of the control plane. */
  loadedAtMs: number | null
  sources: readonly string[]
  levels: readonly LogLevel[]
  /** The text of the last query that was answered; it stays in force while another one is refused. */
  goodText: LogText
  /** A text that the control plane did not take, with its sentence on it. */
  refusal: { text: LogText; sentence: string } | null
  /** An answer is awaited. */
  isAsking: boolean
  /** Lines after this moment are left out, unix milliseconds; null: the newest lines are shown. */
  untilMs: number | null
  /** The span that was chosen in the histogram; lines outside of it are left out. */
  span: LogSpan | null
  /** Memory does not reach back to the moment that was jumped to: lines of this span are read from the files. */
  earlier: LogSpan | null
  /** What is shown beside the lines. */
  aside: LogAside | null
  /** A moment to bring into sight once its lines are here; a new object for each jump. */
  goal: LogGoal | null
}

/** Unix milliseconds, both ends included. */
export interface LogSpan {
  fromMs: number
  toMs: number
}

/** One line, one request, or the requests of a backend that were answered in a span. */
export type LogAside =
  | { kind: 'line'; line: LogLine }
  | { kind: 'request'; id: string }
  | { kind: 'slowest'; source: string; span: LogSpan }

export interface LogGoal {
  /** Unix milliseconds. */
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

/** Why the text that is typed does not filter; null when it does. */
export function refusalOf(state: LogState): string | null {
  const { refusal } = state
  return refusal !== null && isSameText(refusal.text, state) ? refusal.sentence : null
}

/** The text that filters: the typed one, or the last good one while the typed one is refused. */
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

/** First and last moment that are asked for. */
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

/** Choosing several sources adds them up; the last one taken away means all again. */
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

/** Shows the lines of one backend, or of one request, from the end. */
export function focusLogs(focus: { source?: string; search?: string }): void {
  useLogs.setState({
    ...NO_TEXT,
    sources: focus.source === undefined ? [] : [focus.source],
    levels: LOG_LEVELS,
    search: focus.search ?? '',
    ...NO_PLACE,
  })
}

/** Brings the first line at or after `timeMs` into sight, and pauses there. */
export function jumpTo(timeMs: number): void {
  useLogs.setState({ goal: { timeMs }, earlier: null })
}

/** Shows the lines of a span alone; null: of any time. */
export function showSpan(span: LogSpan | null): void {
  useLogs.setState({ ...NO_PLACE, span })
}

/** Shows the lines of a span from the files, those of earlier runs too. */
export function showFilesOf(span: LogSpan): void {
  useLogs.setState({ ...NO_PLACE, earlier: span })
}

export function showAside(aside: LogAside | null): void {
  useLogs.setState({ aside })
}

/** Shows the newest lines again, and follows them. */
export function leaveMoment(): void {
  useLogs.setState(NO_PLACE)
}

export function updateLog(update: (log: LogLines) => LogLines): void {
  useLogs.setState((state) => ({ log: update(state.log) }))
}

function toggled<T>(list: readonly T[], entry: T): readonly T[] {
  return list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry]
}
