/** Preferences stored in this browser. Invalid values read as the default. */
import { z } from 'zod'
import { EEG_RATE_HZ, EEG_UNITS } from '../../protocol/eeg_input.ts'
import { LANGUAGES } from '../i18n/i18n.ts'

export const PREFERENCES_KEY = 'switchyard.panel'

export const RECENT_MAX = 5

const namesSchema = z.array(z.string().max(256)).max(256).nullable()

export const PANE_TABS = ['overview', 'config', 'model', 'crash'] as const
export type PaneTab = (typeof PANE_TABS)[number]

const preferencesSchema = z.object({
  theme: z.enum(['light', 'dark', 'system']).catch('system'),
  language: z.enum([...LANGUAGES, 'system']).catch('system'),
  /** Pixels; null follows the window. */
  paneWidth: z.number().min(200).max(4000).nullable().catch(null),
  paneOpen: z.boolean().catch(true),
  paneTab: z.enum(PANE_TABS).catch('overview'),
  rowHeight: z.enum(['comfortable', 'compact']).catch('comfortable'),
  singleKeys: z.boolean().catch(true),
  recentCommands: z.array(z.string().max(300)).max(RECENT_MAX).catch([]),
  /** Newest event shown in the events view; null before the first. */
  eventsSeenSeq: z.int().min(-1).nullable().catch(null),
  showBoxes: z.boolean().catch(true),
  showLandmarks: z.boolean().catch(true),
  /** Backends ticked by hand in the playground, by kind of input; null: none chosen. */
  targets: z
    .object({ image: namesSchema.catch(null), eeg: namesSchema.catch(null) })
    .catch({ image: null, eeg: null }),
  shrinkPictures: z.boolean().catch(true),
  /** Sent with EEG files; null leaves it to the file and the backend. */
  eegRateHz: z.number().min(EEG_RATE_HZ.min).max(EEG_RATE_HZ.max).nullable().catch(null),
  eegUnit: z.enum(EEG_UNITS).nullable().catch(null),
})
export type Preferences = z.infer<typeof preferencesSchema>

export const DEFAULT_PREFERENCES: Preferences = preferencesSchema.parse({})

/** Drops unknown keys; invalid values become their default. */
export const preferencesOf = (stored: unknown): Preferences =>
  preferencesSchema.catch(DEFAULT_PREFERENCES).parse(stored)

export function preferencesIn(text: string | null): Preferences {
  try {
    return preferencesOf(JSON.parse(text ?? '{}'))
  } catch {
    return DEFAULT_PREFERENCES
  }
}
