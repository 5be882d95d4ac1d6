/** Warnings of a reply about its result, or of a backend about its model: part of it rests on an assumption. */
import { z } from 'zod'
import { shownText } from './shown_text.ts'

/** Codes that built-in backends use. A third-party backend may send others. */
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
  /** Path of the request's field that the warning is about, such as `data.sampling_rate`. */
  field: shownText.optional(),
  /** What the message was made of, so that the panel can word it in its own language; of built-in codes only. */
  values: z.record(z.string(), warningValueSchema).optional().catch(undefined),
})
export type Warning = z.infer<typeof warningSchema>

/** Warnings of one reply that are read, counted and shown. */
export const WARNINGS_MAX = 256

/** The warnings in a reply of any backend; what is not a warning is ignored. */
export function warningsIn(value: unknown): Warning[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, WARNINGS_MAX).flatMap((entry) => {
    const { data } = warningSchema.safeParse(entry)
    return data === undefined ? [] : [data]
  })
}

/** The label of a code in the metrics: codes of third-party backends could be any number of labels. */
export const metricsCodeOf = (code: string): WarningCode | 'other' =>
  Object.hasOwn(WARNING_CODES, code) ? (code as WarningCode) : 'other'
