import { EMOTION_LABELS } from './results.ts'
import type { BackendConfig } from './config.ts'
import { LABELS_MAX, type Descriptor } from './descriptor.ts'
import type { OnnxOutput } from './onnx_config.ts'

const IMAGES: Descriptor['accepts'] = [
  { kind: 'image', name: 'image' },
  { kind: 'image', name: 'images', multiple: true },
]

export const BUILTIN_BACKENDS = {
  fatigue: {
    accepts: [
      ...IMAGES,
      { kind: 'image', name: 'rgb_frames', multiple: true },
      { kind: 'image', name: 'depth_frames', multiple: true },
      { kind: 'tensor', name: 'eyetrack_samples' },
    ],
    returns: [{ kind: 'score' }],
  },
  eeg: {
    accepts: [{ kind: 'eeg', name: 'eeg_signal', required: true }],
    returns: [{ kind: 'series' }],
  },
  emotion: {
    accepts: IMAGES,
    returns: [{ kind: 'classification', labels: [...EMOTION_LABELS] }],
  },
} satisfies Record<string, Descriptor>

export type BuiltinName = keyof typeof BUILTIN_BACKENDS
export const BUILTIN_NAMES = Object.keys(BUILTIN_BACKENDS) as BuiltinName[]

export const isBuiltinName = (name: string): name is BuiltinName =>
  Object.hasOwn(BUILTIN_BACKENDS, name)

/** For a backend that is not running; null for third-party programs, which describe themselves once running. */
export function descriptorOf(
  name: string,
  { runtime, output, labels }: Pick<BackendConfig, 'runtime' | 'output' | 'labels'>,
): Descriptor | null {
  if (runtime === 'builtin') return isBuiltinName(name) ? BUILTIN_BACKENDS[name] : null
  if (runtime !== 'onnx' || output === undefined) return null
  return onnxDescriptor(output, typeof labels === 'object' ? labels : [])
}

const ONNX_RESULTS = { classification: 'classification', detection: 'detections' } as const

/** `labels` is empty if unknown. */
export function onnxDescriptor({ type }: OnnxOutput, labels: readonly string[]): Descriptor {
  const isNamed = labels.length > 0 && labels.length <= LABELS_MAX
  return {
    accepts: IMAGES,
    returns: [{ kind: ONNX_RESULTS[type], ...(isNamed && { labels: [...labels] }) }],
  }
}
