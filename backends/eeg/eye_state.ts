/** Eye state of each window, or the reason why there is none. */
import { message } from '../../protocol/messages.ts'
import { eyeInput } from './eye_features.ts'
import { closedProbability, type EyeModel } from './eye_model.ts'
import { EMOTIV_14 } from './montage.ts'
import type { PreparedChannel } from './prepare.ts'
import type { EegResult, EyeModelBlock, EyeState } from './result.ts'
import type { EegSignal } from './signal.ts'
import { spanOf, type Screening } from './windows.ts'

type EyePart = Pick<EegResult, 'eye_state' | 'eye_state_reason'>

/** Seconds; the model was trained on two minutes, and its input takes additional memory. */
const EYE_DURATION_S_MAX = 4 * 3600

export const isEyeLength = ({ durationS }: EegSignal): boolean => durationS <= EYE_DURATION_S_MAX

export const isEyeChannel = ({ name }: { name: string }): boolean =>
  (EMOTIV_14 as readonly string[]).includes(name)

export const noEyes = (model: EyeModel | null): EyePart =>
  absent(
    (model === null
      ? message('reply.eyes_not_loaded')
      : message('reply.eyes_too_long', { max: EYE_DURATION_S_MAX })
    ).message,
  )

export function classifyEyes(
  model: EyeModel,
  channels: readonly PreparedChannel[],
  samplingRateHz: number,
  starts: readonly number[],
  { goodChannels }: Screening,
): EyePart {
  const input = eyeInput(channels, samplingRateHz)
  if ('reason' in input) return absent(input.reason)
  if (starts.length === 0) return absent(message('reply.eyes_too_short').message)
  const windows = starts.map((start, window) => {
    const probability = closedProbability(model, input.samples, start)
    return {
      ...spanOf(window, starts),
      probability_closed: probability,
      state: stateOf(probability),
      artefact: goodChannels[window] === null,
    }
  })
  const mean = windows.reduce((sum, one) => sum + one.probability_closed, 0) / windows.length
  return {
    eye_state: {
      prediction: stateOf(mean),
      probability_closed: mean,
      windows,
      model: describeEyeModel(model),
    },
  }
}

export function describeEyeModel({ file, sha256 }: EyeModel): EyeModelBlock {
  const { name, version, licence, validated, training, evaluation } = file
  const { method, pooled, last_part, shifted_labels } = evaluation
  return {
    kind: 'trained',
    name,
    version,
    sha256,
    licence,
    validated,
    training,
    evaluation: { method, pooled, last_part, shifted_labels },
    limits: message('reply.eyes_limits').message,
  }
}

const absent = (reason: string): EyePart => ({ eye_state: null, eye_state_reason: reason })

const stateOf = (probability: number): EyeState => (probability >= 0.5 ? 'closed' : 'open')
