import { z } from 'zod'
import { shownText } from './shown_text.ts'

/** Built-in codes. Third-party backends may send others. */
export const WARNING_CODES = {
  sampling_rate_assumed: 'Neither the request nor the file states a sampling rate.',
  classes_unverified:
    'A model of `runtime: onnx` has no labels: nothing shows that its output has the classes that were read.',
  activation_unverified:
    'A model of `runtime: onnx` returns values from 0 to 1, which may be probabilities before softmax or sigmoid is applied.',
  sampling_rate_conflict: 'Two sources of the sampling rate contradict each other.',
  clock_unusable: 'The time stamps of the recording cannot be used.',
  recording_gap: 'The time stamps of the recording jump.',
  recording_cut: 'The end of the recording is missing.',
  samples_missing: 'Some values are missing and were interpolated.',
  header_mismatch: 'The header of the file contradicts its data.',
  unit_assumed: 'The file states no unit.',
  unit_conflict: 'Request and file state different units.',
  amplitude_implausible: 'The values are far too large or too small for EEG.',
  channels_unnamed: 'No channel is named after an electrode.',
  channels_unknown: 'Signals with unknown names were left out.',
  channel_duplicate: 'Channels that are in the recording twice were left out.',
  channel_dead: 'Channels without a signal were left out.',
} as const

export type WarningCode = keyof typeof WARNING_CODES

const warningValueSchema = z.union([z.number(), shownText, z.array(shownText)])
export type WarningValue = z.infer<typeof warningValueSchema>

export const warningSchema = z.looseObject({
  code: shownText,
  message: shownText,
  /** The affected request field, such as `data.sampling_rate`. */
  field: shownText.optional(),
  /** Values of the message, for translation; only for built-in codes. */
  values: z.record(z.string(), warningValueSchema).optional().catch(undefined),
})
export type Warning = z.infer<typeof warningSchema>

export const WARNINGS_MAX = 256

/** Ignores anything that is not a warning. */
export function warningsIn(value: unknown): Warning[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, WARNINGS_MAX).flatMap((entry) => {
    const { data } = warningSchema.safeParse(entry)
    return data === undefined ? [] : [data]
  })
}

/** Third-party codes are unbounded, so they share one metrics label. */
export const metricsCodeOf = (code: string): WarningCode | 'other' =>
  Object.hasOwn(WARNING_CODES, code) ? (code as WarningCode) : 'other'
