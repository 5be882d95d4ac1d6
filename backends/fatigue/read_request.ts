/** Request to windows of frames: one image, several images, or the platform's 75 + 75 + 375. */
import { z } from 'zod'
import { imageValueSchema, type ImageValue } from '../../protocol/backend.ts'
import { faultsOf } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { LongNumbers, numbersOf } from '../../protocol/long_numbers.ts'
import type { WorkItem } from '../base/backend.ts'
import { imageBytes, onlyResult, readImages, type RequestReader } from '../base/request_reader.ts'

const FRAMES_MAX = 1024
const EYETRACK_SAMPLES_MAX = 100_000
const EYETRACK_VALUES = 8
const ELAPSED_S_MAX = 3600

export interface FatigueItem extends WorkItem {
  /** `image`: a single picture. `window`: frames of one person over time. */
  kind: 'image' | 'window'
  frames: Uint8Array[]
  depthFrames: Uint8Array[]
  eyetrackSamples: number[][]
  /** Many samples as JSON; null if few. At the top level, where it is transferred. */
  eyetrackText: Uint8Array | null
  elapsedS: number | null
  baselineEar: number | null
  /** Windows of one stream share a rolling minute; null = no stream. */
  streamId: string | null
  /** End of the window on the stream's clock, in seconds; null = now. */
  timestampS: number | null
}

const windowSchema = z.looseObject({
  rgb_frames: z.array(imageValueSchema).max(FRAMES_MAX).default([]),
  depth_frames: z.array(imageValueSchema).max(FRAMES_MAX).default([]),
  eyetrack_samples: z
    .array(z.array(z.number()).length(EYETRACK_VALUES))
    .max(EYETRACK_SAMPLES_MAX)
    .default([]),
  elapsed_time: z.number().min(0).max(ELAPSED_S_MAX).nullish(),
  baseline_ear: z.number().min(0.05).max(1).nullish(),
  stream_id: z.string().min(1).max(256).nullish(),
  timestamp: z.number().nullish(),
})

const WINDOW_KEYS = [
  'rgb_frames',
  'depth_frames',
  'eyetrack_samples',
  'elapsed_time',
  'rgb_frame',
  'depth_frame',
]

export const readFatigue: RequestReader = (request, attachments) => {
  const data: Record<string, unknown> = request.data
  if ('image' in data || 'images' in data) {
    const { items, toAnswer } = readImages(request, attachments)
    return {
      items: items.map((item) => imageItem(item as { requestId: string; bytes: Uint8Array }, data)),
      toAnswer,
    }
  }
  if (!WINDOW_KEYS.some((key) => key in data)) {
    throw new ProtocolError('invalid_request', message('input.no_frames'))
  }
  const { eyetrack_samples: eyetrack } = data
  const eyetrackText = eyetrack instanceof LongNumbers ? eyetrack.text : null
  const window = parseWindow({
    ...withSingleFrames(data),
    ...(eyetrackText !== null && { eyetrack_samples: [] }),
  })
  const read = (values: readonly ImageValue[], key: string) =>
    values.map((value, index) => bytesOrNone(value, `data.${key}[${index}]`, attachments))
  const item: FatigueItem = {
    requestId: request.request_id,
    kind: 'window',
    frames: read(window.rgb_frames, 'rgb_frames'),
    depthFrames: read(window.depth_frames, 'depth_frames'),
    eyetrackSamples: window.eyetrack_samples,
    eyetrackText,
    elapsedS: window.elapsed_time ?? null,
    ...streamOf(window),
  }
  return { items: [item], toAnswer: onlyResult }
}

function imageItem(
  { requestId, bytes }: { requestId: string; bytes: Uint8Array },
  data: Record<string, unknown>,
): FatigueItem {
  const { baseline_ear, timestamp } = parseWindow({
    baseline_ear: data.baseline_ear,
    timestamp: data.timestamp,
  })
  return {
    requestId,
    kind: 'image',
    frames: [bytes],
    depthFrames: [],
    eyetrackSamples: [],
    eyetrackText: null,
    elapsedS: null,
    // Single pictures are not frames of a stream: they have no duration.
    ...streamOf({ baseline_ear, timestamp }),
  }
}

/** Runs on the worker. Throws ProtocolError unless the samples are rows of eight numbers. */
export const eyetrackSamplesOf = ({ eyetrackSamples, eyetrackText }: FatigueItem): number[][] =>
  eyetrackText === null
    ? eyetrackSamples
    : parseWindow({ eyetrack_samples: numbersOf(eyetrackText) }).eyetrack_samples

/** The platform's clients also send single `rgb_frame` and `depth_frame`. */
function withSingleFrames(data: Record<string, unknown>): Record<string, unknown> {
  const { rgb_frame: rgb, depth_frame: depth } = data
  return {
    ...(rgb === undefined ? {} : { rgb_frames: [rgb] }),
    ...(depth === undefined ? {} : { depth_frames: [depth] }),
    ...data,
  }
}

function parseWindow(data: Record<string, unknown>): z.infer<typeof windowSchema> {
  const parsed = windowSchema.safeParse(data)
  if (parsed.success) return parsed.data
  throw new ProtocolError('invalid_request', faultsOf(parsed.error, data, ['data']))
}

function streamOf({
  baseline_ear,
  stream_id,
  timestamp,
}: {
  baseline_ear?: number | null | undefined
  stream_id?: string | null | undefined
  timestamp?: number | null | undefined
}) {
  return {
    baselineEar: baseline_ear ?? null,
    streamId: stream_id ?? null,
    timestampS: timestamp ?? null,
  }
}

/** One unreadable frame of many is a gap. */
function bytesOrNone(
  value: ImageValue,
  key: string,
  attachments: readonly Uint8Array[],
): Uint8Array {
  try {
    return imageBytes(value, key, attachments)
  } catch (error) {
    if (error instanceof ProtocolError) return new Uint8Array()
    throw error
  }
}
