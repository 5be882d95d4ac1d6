import type { Story } from '../../state/stories.ts'
import { selectBackend, showLogsAt, showPane, showView } from '../../state/ui_store.ts'
import type { EventGoal } from './event_goal.ts'

export function showCrashesOf(backend: string): void {
  selectBackend(backend, 'crash')
  showPane()
  showView('backends')
}

export function openGoal({ backend, events: [first] }: Story, goal: EventGoal): void {
  if (goal === 'crash card' && backend !== null) showCrashesOf(backend)
  else if (goal === 'logs') showLogsAt({ backend, time: first.time })
}
