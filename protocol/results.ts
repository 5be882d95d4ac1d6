/** Result schemas: the parts of `data` that Switchyard reads. The backends' READMEs describe every key. */
import { z } from 'zod'
import type { Descriptor, ResultKind } from './descriptor.ts'

const pointSchema = z.tuple([z.number(), z.number()])
const boxSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })

export const EMOTION_LABELS = [
  'angry',
  'disgust',
  'fear',
  'happy',
  'sad',
  'surprise',
  'neutral',
] as const
export type EmotionLabel = (typeof EMOTION_LABELS)[number]

export const faceSchema = z.looseObject({
  box: boxSchema,
  score: z.number(),
  /** The mesh model's certainty in [0, 1] that the crop holds a face; used by the gate. */
  presence: z.number(),
  keypoints: z.record(z.string(), pointSchema),
  /** 468 points in the order of the MediaPipe face mesh. */
  landmarks: z.array(pointSchema),
  prediction: z.string().optional(),
  confidence: z.number().optional(),
  probabilities: z.record(z.string(), z.number()).optional(),
})
export type Face = z.infer<typeof faceSchema>

/** `data` of an emotion reply for one image. With `data.images`, `results` has one (or an error) per image. */
export const emotionResultSchema = z.looseObject({
  prediction: z.string().nullable(),
  confidence: z.number(),
  probabilities: z.record(z.string(), z.number()).nullable(),
  faces: z.array(faceSchema),
  reason: z.string().optional(),
  image: z.object({ width: z.number().int(), height: z.number().int() }),
})
export type EmotionResult = z.infer<typeof emotionResultSchema>

const modelBlockSchema = z.looseObject({
  validated: z.boolean(),
  evaluation: z.string().optional(),
})

const fatigueTermSchema = z.looseObject({
  name: z.string(),
  weight: z.number(),
  value: z.number().nullable(),
  cut_off: z.number(),
  unit: z.string(),
  points: z.number().nullable(),
})
export type FatigueTerm = z.infer<typeof fatigueTermSchema>

const fatigueFaceSchema = faceSchema.extend({
  ear: z.number(),
  ear_right: z.number(),
  ear_left: z.number(),
  mar: z.number(),
  pitch_deg: z.number(),
})
export type FatigueFace = z.infer<typeof fatigueFaceSchema>

const fatigueResultSchema = z.looseObject({
  fatigue_score: z.number(),
  prediction_class: z.number(),
  /** How much data there was, in [0, 1]. */
  confidence: z.number(),
  parts: z.array(fatigueTermSchema),
  model: modelBlockSchema,
  faces: z.array(fatigueFaceSchema).default([]),
  image: z.object({ width: z.number(), height: z.number() }).optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
})
export type FatigueResult = z.infer<typeof fatigueResultSchema>

export const EEG_BANDS = ['delta', 'theta', 'alpha', 'beta', 'gamma'] as const
export type EegBand = (typeof EEG_BANDS)[number]

const bandValuesSchema = z.record(z.enum(EEG_BANDS), z.number().nullable())

const spanSchema = z.looseObject({ t_start_s: z.number(), t_end_s: z.number() })

const eegChannelSchema = z.looseObject({
  name: z.string(),
  quality: z.looseObject({ level: z.string(), good_window_share: z.number() }),
  /** null: the channel has no good window. */
  features: z
    .looseObject({ band_power_uv2: bandValuesSchema, band_power_relative: bandValuesSchema })
    .nullable(),
})

const eyeStateSchema = z.looseObject({
  prediction: z.string(),
  probability_closed: z.number(),
  model: z.looseObject({
    validated: z.boolean(),
    limits: z.string(),
    evaluation: z.looseObject({
      pooled: z.looseObject({ balanced_accuracy: z.number(), majority_accuracy: z.number() }),
    }),
  }),
})
export type EyeState = z.infer<typeof eyeStateSchema>

const eegResultSchema = z.looseObject({
  /** null without a good window; see `message`. */
  brain_load_score: z.number().nullable(),
  state: z.string().nullable(),
  message: z.string().optional(),
  window_results: z.array(spanSchema.extend({ score_raw: z.number(), score_ema: z.number() })),
  windows_total: z.number(),
  artefact_windows: z.array(spanSchema.extend({ reasons: z.array(z.string()) })),
  index: z.looseObject({
    name: z.string(),
    formula: z.string(),
    source: z.string(),
    validated: z.boolean(),
  }),
  recording: z.looseObject({
    duration_s: z.number(),
    sampling_rate: z.number(),
    channels: z.array(z.string()),
    notes: z.array(z.string()),
    /** Source of rate and unit, such as `file` or `assumed`. Absent in replies of earlier versions. */
    sampling_rate_from: z.string().optional(),
    sampling_rate_suggested: z.number().optional(),
    unit: z.string().optional(),
    unit_from: z.string().optional(),
    left_out: z.array(z.object({ label: z.string(), reason: z.string() })).default([]),
  }),
  bands_hz: z.record(z.enum(EEG_BANDS), z.object({ low: z.number(), high: z.number() })),
  channels: z.array(eegChannelSchema),
  /** Minimum and maximum of equal intervals, in microvolts. */
  traces: z.looseObject({
    step_s: z.number().positive(),
    channels: z.array(
      z.object({ name: z.string(), min_uv: z.array(z.number()), max_uv: z.array(z.number()) }),
    ),
  }),
  eye_state: eyeStateSchema.nullable(),
  eye_state_reason: z.string().optional(),
})
export type EegResult = z.infer<typeof eegResultSchema>

/** Replies of `runtime: onnx`: classes in `top`, or boxes in `detections`. */
const imageModelSchema = z.looseObject({
  prediction: z.string().nullable(),
  confidence: z.number(),
  reason: z.string().optional(),
  image: z.object({ width: z.number(), height: z.number() }),
  top: z.array(z.object({ label: z.string(), probability: z.number() })).default([]),
  detections: z
    .array(z.object({ label: z.string(), score: z.number(), box: boxSchema }))
    .default([]),
})
export type ImageModelResult = z.infer<typeof imageModelSchema>

interface ResultKindRow {
  schema: z.ZodType
  /** Paths of values that are not part of the answer; a golden result is compared without them. */
  circumstances: RegExp
}

const DURATIONS = /_ms$/
const DURATIONS_AND_CACHE = /_ms$|^cached$/

/** Kinds that are drawn and printed. Undeclared results are of the first kind whose schema matches. */
const RESULTS = {
  series: { schema: eegResultSchema, circumstances: DURATIONS },
  score: { schema: fatigueResultSchema, circumstances: DURATIONS },
  classification: {
    schema: z.union([emotionResultSchema, imageModelSchema.refine(({ top }) => top.length > 0)]),
    circumstances: DURATIONS_AND_CACHE,
  },
  detections: {
    // A prediction without a detection is of the kind json.
    schema: imageModelSchema.refine(
      ({ detections, prediction }) => detections.length > 0 || prediction === null,
    ),
    circumstances: DURATIONS_AND_CACHE,
  },
  json: { schema: z.record(z.string(), z.unknown()), circumstances: DURATIONS_AND_CACHE },
} satisfies Partial<Record<ResultKind, ResultKindRow>>

export type DrawnKind = keyof typeof RESULTS
export type Results = { [K in DrawnKind]: z.infer<(typeof RESULTS)[K]['schema']> }
export type Result<K extends DrawnKind = DrawnKind> = {
  [P in K]: { kind: P; result: Results[P] }
}[K]

const DRAWN_KINDS = Object.keys(RESULTS) as DrawnKind[]

/** Declared kinds are tried first. null: not an object. */
export function readResult(data: unknown, returns: Descriptor['returns'] = []): Result | null {
  const declared = DRAWN_KINDS.filter((kind) => returns.some((row) => row.kind === kind))
  for (const kind of [...declared, ...DRAWN_KINDS]) {
    const parsed = RESULTS[kind].schema.safeParse(data)
    if (parsed.success) return { kind, result: parsed.data } as Result
  }
  return null
}

export const circumstancesOf = (data: unknown): RegExp =>
  RESULTS[readResult(data)?.kind ?? 'json'].circumstances
