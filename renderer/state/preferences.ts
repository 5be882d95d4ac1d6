/** What the panel remembers in this browser. Storage may hold anything; what is invalid reads as the default. */
import { z } from 'zod'
import { EEG_RATE_HZ, EEG_UNITS } from '../../protocol/eeg_input.ts'
import { LANGUAGES } from '../i18n/i18n.ts'

export const PREFERENCES_KEY = 'switchyard.panel'

/** Commands that the palette remembers. */
export const RECENT_MAX = 5

const namesSchema = z.array(z.string().max(256)).max(256).nullable()

/** What the detail pane can show of a backend. */
export const PANE_TABS = ['overview', 'config', 'model', 'crash'] as const
export type PaneTab = (typeof PANE_TABS)[number]

const preferencesSchema = z.object({
  theme: z.enum(['light', 'dark', 'system']).catch('system'),
  language: z.enum([...LANGUAGES, 'system']).catch('system'),
  /** Width of the detail pane in px; null follows the window. */
  paneWidth: z.number().min(200).max(4000).nullable().catch(null),
  paneOpen: z.boolean().catch(true),
  paneTab: z.enum(PANE_TABS).catch('overview'),
  rowHeight: z.enum(['comfortable', 'compact']).catch('comfortable'),
  singleKeys: z.boolean().catch(true),
  /** Ids of the palette's commands that were run last, the newest first. */
  recentCommands: z.array(z.string().max(300)).max(RECENT_MAX).catch([]),
  /** The newest event that was shown in the events view; null before the first. */
  eventsSeenSeq: z.int().min(-1).nullable().catch(null),
  showBoxes: z.boolean().catch(true),
  showLandmarks: z.boolean().catch(true),
  /** Backends that were ticked by hand on the test bench, by kind of input; null: nobody chose. */
  targets: z
    .object({ image: namesSchema.catch(null), eeg: namesSchema.catch(null) })
    .catch({ image: null, eeg: null }),
  /** Scale large pictures down before they are sent. */
  shrinkPictures: z.boolean().catch(true),
  /** Sent with EEG files; null leaves it to the file and the backend. */
  eegRateHz: z.number().min(EEG_RATE_HZ.min).max(EEG_RATE_HZ.max).nullable().catch(null),
  eegUnit: z.enum(EEG_UNITS).nullable().catch(null),
})
export type Preferences = z.infer<typeof preferencesSchema>

/** What a browser in which the panel was never opened has. */
export const DEFAULT_PREFERENCES: Preferences = preferencesSchema.parse({})

/** Keeps the keys of the schema; an invalid value is replaced by its default. */
export const preferencesOf = (stored: unknown): Preferences =>
  preferencesSchema.catch(DEFAULT_PREFERENCES).parse(stored)

/** Of a stored text; null, and anything but JSON, reads as nothing stored. */
export function preferencesIn(text: string | null): Preferences {
  try {
    return preferencesOf(JSON.parse(text ?? '{}'))
  } catch {
    return DEFAULT_PREFERENCES
  }
}
