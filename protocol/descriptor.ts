/** What a backend accepts and returns. Requests and result views derive from it, never from names. */
import { z } from 'zod'
import { shownText } from './shown_text.ts'

export const INPUT_KINDS = ['image', 'text', 'audio', 'eeg', 'tensor', 'json'] as const
export type InputKind = (typeof INPUT_KINDS)[number]

export const RESULT_KINDS = [
  'image',
  'classification',
  'detections',
  'segmentation',
  'keypoints',
  'depth',
  'embedding',
  'text',
  'tensor',
  'series',
  'score',
  'json',
] as const
export type ResultKind = (typeof RESULT_KINDS)[number]

/** Every pong carries the descriptor, so longer class lists are omitted. */
export const LABELS_MAX = 100
const ROWS_MAX = 32
const NAME_LENGTH_MAX = 100

const acceptedSchema = z.object({
  kind: z.enum(INPUT_KINDS),
  /** Its key in the `data` of a request. */
  name: z.string().min(1).max(NAME_LENGTH_MAX),
  /** The key holds a list. */
  multiple: z.boolean().optional(),
  required: z.boolean().optional(),
})

const returnedSchema = z.object({
  kind: z.enum(RESULT_KINDS),
  labels: z.array(shownText).max(LABELS_MAX).optional().catch(undefined),
})

export const descriptorSchema = z.object({
  /** If several rows share a kind, a single file goes to the first without a list. */
  accepts: z.array(acceptedSchema).max(ROWS_MAX),
  /** The leading kind first. */
  returns: z.array(returnedSchema).max(ROWS_MAX),
})
export type Descriptor = z.infer<typeof descriptorSchema>
