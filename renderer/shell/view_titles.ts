/** What the views are called in the top bar and in the title of the page. */
import type { View } from '../state/ui_store.ts'

export const VIEW_TITLES: Record<View, string> = {
  backends: 'Backends',
  test: 'Test',
  logs: 'Logs',
  system: 'GPU & system',
  events: 'Events',
}
