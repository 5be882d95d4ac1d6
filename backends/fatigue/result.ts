/** Fatigue reply: the platform's fields, their basis, and caveats. */
import type { ModelFile } from '../../protocol/backend.ts'
import type { Box } from '../../protocol/box.ts'
import { message, type Message } from '../../protocol/messages.ts'
import type { InferenceResult } from '../base/backend.ts'
import { shapeFoundFace } from '../faces/face_reply.ts'
import type { PreparedPicture } from '../faces/pipeline.ts'
import { measureDepth } from './depth.ts'
import { measureEyetrack, type ColumnMap } from './eyetrack.ts'
import type { FatigueItem } from './read_request.ts'
import type { MinuteMeasure } from './rolling_minute.ts'
import type { SeenFrame } from './seen_frame.ts'
import { analyseWindow, type WindowAnalysis } from './window.ts'

export interface Stream {
  add(window: {
    durationS: number
    validFrames: number
    closedFrames: number
  }): MinuteMeasure | null
}

interface About {
  item: FatigueItem
  seen: readonly (SeenFrame | null)[]
  models: readonly ModelFile[]
  inferenceMs: number
}

/** A single picture shows no closure over time, which lowers the confidence. */
export function shapeImage(about: About, picture: PreparedPicture | null): InferenceResult {
  const { item, seen } = about
  const analysis = analyse(about)
  const [first] = seen
  const faces =
    first === null || first === undefined || picture === null
      ? []
      : [
          {
            ...shapeFoundFace(picture.image, first.face),
            ear: share(first.measures.ear),
            ear_right: share(first.measures.earRight),
            ear_left: share(first.measures.earLeft),
            mar: share(first.measures.mar),
            pitch_deg: tenth(first.measures.pitchDeg),
          },
        ]
  return {
    ...common(analysis, about),
    faces,
    ...(picture === null
      ? {}
      : { image: { width: picture.image.originalWidth, height: picture.image.originalHeight } }),
    ...(faces.length === 0
      ? {
          reason: message('reply.no_face').message,
          message: message('reply.no_face_score').message,
        }
      : item.baselineEar === null
        ? { message: message('reply.no_baseline').message }
        : {}),
  }
}

export function shapeWindow(
  about: About & {
    pictures: readonly (PreparedPicture | null)[]
    depths: readonly (Uint8Array | null)[]
    columns: ColumnMap
  },
  stream: Stream | null,
): InferenceResult {
  const { item, seen, pictures, depths, columns } = about
  const analysis = analyse(about)
  const boxes: (Box | null)[] = seen.map((one) => one?.box ?? null)
  const minute =
    stream !== null && item.elapsedS !== null && item.frames.length > 0
      ? stream.add({
          durationS: item.elapsedS,
          validFrames: analysis.validFrames,
          closedFrames: analysis.closedFrames,
        })
      : null
  const caveat = caveatOf(item, analysis, pictures)
  return {
    ...common(analysis, about),
    ...(caveat === null ? {} : { message: caveat.message }),
    elapsed_time: item.elapsedS ?? 0,
    num_rgb_frames: item.frames.length,
    num_depth_frames: item.depthFrames.length,
    num_eyetrack_samples: item.eyetrackSamples.length,
    perclos_minute:
      minute === null ? null : { share: share(minute.perclos), seconds: tenth(minute.seconds) },
    frames: analysis.perFrame.map((one) =>
      one === null
        ? null
        : {
            ear: share(one.ear),
            mar: share(one.mar),
            pitch_deg: tenth(one.pitch_deg),
            closure: share(one.closure),
          },
    ),
    depth: measureDepth(depths, boxes),
    eyetrack: measureEyetrack(item.eyetrackSamples, columns, item.elapsedS),
  }
}

function analyse({ item, seen }: About): WindowAnalysis {
  return analyseWindow({
    frames: seen.map((one) => one?.measures ?? null),
    elapsedS: item.elapsedS,
    baselineEar: item.baselineEar,
  })
}

function common(analysis: WindowAnalysis, { models, inferenceMs }: About): InferenceResult {
  return {
    fatigue_score: tenth(analysis.score),
    prediction_class: analysis.predictionClass,
    prediction: share(analysis.score / 100),
    confidence: share(analysis.confidence),
    inference_time_ms: tenth(inferenceMs),
    coverage: share(analysis.coverage),
    closure_share: share(analysis.closureShare),
    longest_closure_s: analysis.longestClosureS === null ? null : share(analysis.longestClosureS),
    baseline:
      analysis.baseline === null
        ? null
        : { ear_open: share(analysis.baseline.earOpen), source: analysis.baseline.source },
    parts: analysis.terms.map((term) => ({
      ...term,
      value: term.value === null ? null : share(term.value),
      points: term.points === null ? null : tenth(term.points),
    })),
    model: {
      name: 'eye, mouth and head heuristic on the MediaPipe face mesh',
      version: models.map(({ name, sha256 }) => `${name}@${sha256.slice(0, 8)}`).join(' '),
      sha256: Object.fromEntries(models.map(({ name, sha256 }) => [name, sha256])),
      licence: [...new Set(models.map(({ licence }) => licence))].join(', '),
      validated: false,
      evaluation: message('reply.heuristic').message,
    },
  }
}

function caveatOf(
  { frames, elapsedS }: FatigueItem,
  { validFrames }: WindowAnalysis,
  pictures: readonly (PreparedPicture | null)[],
): Message | null {
  const total = frames.length
  if (total === 0) return message('reply.no_frame')
  const unreadable = pictures.filter((one) => one === null).length
  if (validFrames === 0) {
    return unreadable === 0
      ? message('reply.no_face_frames', { total })
      : message('reply.no_face_gaps', { total, unreadable, sent: total })
  }
  if (unreadable > 0) return message('reply.gaps', { total, unreadable })
  return elapsedS === null ? message('reply.no_duration') : null
}

const share = (value: number) => Math.round(value * 10_000) / 10_000
const tenth = (value: number) => Math.round(value * 10) / 10
