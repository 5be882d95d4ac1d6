/** Measures of a window's frames to reply fields; the backend supplies the faces. */
import {
  baselineOf,
  closureOf,
  longestRunS,
  shareInRuns,
  CLOSED_FROM,
  type Baseline,
} from './closure.ts'
import { median } from './eyetrack.ts'
import type { FaceMeasures } from './face_measures.ts'
import { CLASS_LIMIT, scoreOf, type ScoreTerm } from './score.ts'

/** Mouth aspect ratio of a wide open mouth, and the duration of a yawn. */
const YAWN_MAR = 0.6
const YAWN_S = 1
/** Degrees below the window's median pitch for a hanging head. */
const HEAD_DOWN_DEG = 20
/** With a baseline from the frames themselves, a window of shut eyes looks open, so it counts half. */
const UNCERTAIN_BASELINE = 0.5
/** Minimum frames for a meaningful closure share. */
const FRAMES_FOR_CONFIDENCE = 15

export interface WindowInput {
  /** One per sent frame; null without a face or picture. */
  frames: readonly (FaceMeasures | null)[]
  elapsedS: number | null
  baselineEar: number | null
}

export interface WindowAnalysis {
  score: number
  predictionClass: 0 | 1
  /** In [0, 1]; how much data there was, not how probable fatigue is. */
  confidence: number
  terms: ScoreTerm[]
  coverage: number
  closureShare: number
  longestClosureS: number | null
  baseline: Baseline | null
  validFrames: number
  closedFrames: number
  /** Per sent frame, for the panel's chart; null without a face. */
  perFrame: ({ ear: number; mar: number; pitch_deg: number; closure: number } | null)[]
}

export function analyseWindow({ frames, elapsedS, baselineEar }: WindowInput): WindowAnalysis {
  const valid = frames.filter((one) => one !== null)
  if (valid.length === 0) return nothingSeen(frames.length)
  const frameS = elapsedS !== null && elapsedS > 0 ? elapsedS / frames.length : null
  const baseline = baselineOf(
    valid.map(({ ear }) => ear),
    baselineEar,
  )
  const closures = frames.map((one) => (one === null ? null : closureOf(one.ear, baseline)))
  const isClosed = closures.map((one) => (one === null ? null : one >= CLOSED_FROM))
  const isYawning = frames.map((one) => (one === null ? null : one.mar > YAWN_MAR))
  const usualPitch = median(valid.map(({ pitchDeg }) => pitchDeg))
  const downFrames = valid.filter(({ pitchDeg }) => pitchDeg - usualPitch > HEAD_DOWN_DEG).length
  const closedFrames = isClosed.filter((one) => one === true).length
  const closureShare = closedFrames / valid.length
  const longestClosureS = frameS === null ? null : longestRunS(isClosed, frameS)
  const { score, terms } = scoreOf({
    closureShare,
    longestClosureS,
    yawnShare: frameS === null ? null : shareInRuns(isYawning, frameS, YAWN_S),
    headDownShare: downFrames / valid.length,
  })
  const coverage = valid.length / frames.length
  const certainty = baseline.source === 'client' ? 1 : UNCERTAIN_BASELINE
  return {
    score,
    predictionClass: score >= CLASS_LIMIT ? 1 : 0,
    confidence: coverage * certainty * Math.min(1, valid.length / FRAMES_FOR_CONFIDENCE),
    terms,
    coverage,
    closureShare,
    longestClosureS,
    baseline,
    validFrames: valid.length,
    closedFrames,
    perFrame: frames.map((one, index) =>
      one === null
        ? null
        : { ear: one.ear, mar: one.mar, pitch_deg: one.pitchDeg, closure: closures[index] ?? 0 },
    ),
  }
}

function nothingSeen(sent: number): WindowAnalysis {
  return {
    score: 0,
    predictionClass: 0,
    confidence: 0,
    terms: [],
    coverage: 0,
    closureShare: 0,
    longestClosureS: null,
    baseline: null,
    validFrames: 0,
    closedFrames: 0,
    perFrame: Array.from({ length: sent }, () => null),
  }
}
