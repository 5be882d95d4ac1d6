/** The log view's lines and filter. session.ts asks the control plane for what the filter says. */
import { create } from 'zustand'
import { LOG_LEVELS, type LogFilter, type LogLevel } from '../../protocol/control.ts'
import { NO_LINES, type LogLines } from './log_lines.ts'

export interface LogState {
  log: LogLines
  /** null until the first answer of the control plane. */
  loadedAtMs: number | null
  sources: readonly string[]
  levels: readonly LogLevel[]
  search: string
}

export const useLogs = create<LogState>()(() => ({
  log: NO_LINES,
  loadedAtMs: null,
  sources: [],
  levels: LOG_LEVELS,
  search: '',
}))

export function filterOf(state: LogState): LogFilter {
  return {
    ...(state.sources.length > 0 && { sources: [...state.sources] }),
    ...(state.levels.length < LOG_LEVELS.length && { levels: [...state.levels] }),
    ...(state.search !== '' && { search: state.search }),
  }
}

export function isFiltered(state: LogState): boolean {
  return Object.keys(filterOf(state)).length > 0
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

export function clearLogFilter(): void {
  useLogs.setState({ sources: [], levels: LOG_LEVELS, search: '' })
}

/** Shows the lines of one backend, or of one request. */
export function focusLogs(focus: { source?: string; search?: string }): void {
  useLogs.setState({
    sources: focus.source === undefined ? [] : [focus.source],
    levels: LOG_LEVELS,
    search: focus.search ?? '',
  })
}

export function updateLog(update: (log: LogLines) => LogLines): void {
  useLogs.setState((state) => ({ log: update(state.log) }))
}

function toggled<T>(list: readonly T[], entry: T): readonly T[] {
  return list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry]
}
