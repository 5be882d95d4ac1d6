/** What the panel remembers in this browser. Storage may be blocked or hold anything; both mean the defaults. */
import { z } from 'zod'

const KEY = 'switchyard.panel'

const preferencesSchema = z.object({
  theme: z.enum(['light', 'dark', 'system']).catch('system'),
  /** Width of the detail pane in px; null follows the window. */
  paneWidth: z.number().min(200).max(4000).nullable().catch(null),
  paneOpen: z.boolean().catch(true),
  singleKeys: z.boolean().catch(true),
  showBoxes: z.boolean().catch(true),
  showLandmarks: z.boolean().catch(true),
})
export type Preferences = z.infer<typeof preferencesSchema>

export function readPreferences(): Preferences {
  let stored: unknown = {}
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? '{}')
  } catch {
    // Blocked storage and foreign content read as nothing stored.
  }
  return preferencesSchema.catch(preferencesSchema.parse({})).parse(stored)
}

export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // The choice then lasts as long as the page.
  }
}
