/** Analysis options: name, default, bounds and meaning. A test checks the README's table against it. */
import { shown } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'

interface NumberOption {
  default: number
  min: number
  max: number
  description: string
}

/** The README explains the values. */
export const EEG_OPTIONS = {
  amplitude_uv_max: {
    default: 200,
    min: 10,
    max: 10_000,
    description: 'peak to peak in a window; more is an artefact',
  },
  flat_uv_min: {
    default: 1,
    min: 0.001,
    max: 10,
    description: 'peak to peak in a window; less is a flat line',
  },
  gradient_uv_per_ms_max: {
    default: 10,
    min: 0.1,
    max: 1000,
    description: 'change between two samples; more is an artefact',
  },
  repaired_share_max: {
    default: 0.1,
    min: 0,
    max: 1,
    description: 'share of a window that was repaired; more is an artefact',
  },
  channel_share_max: {
    default: 0.2,
    min: 0,
    max: 1,
    description: 'share of channels with an artefact; more rejects the window',
  },
  smoothing: {
    default: 0.7,
    min: 0,
    max: 0.99,
    description: 'weight of the previous smoothed score',
  },
  high_at: {
    default: 60,
    min: 0,
    max: 100,
    description: 'smoothed score from which the state is high',
  },
  low_at: {
    default: 50,
    min: 0,
    max: 100,
    description: 'smoothed score down to which it is low again',
  },
  engagement_midpoint: {
    default: 1,
    min: 0.01,
    max: 100,
    description:
      "engagement index that scores 50; a person's own value at rest makes it their baseline",
  },
} as const satisfies Record<string, NumberOption>

export type EegOptionName = keyof typeof EEG_OPTIONS
export const EEG_OPTION_NAMES = Object.keys(EEG_OPTIONS) as EegOptionName[]
export type EegOptions = Record<EegOptionName, number>

/** Validates and adds defaults. Ignores unknown keys. */
export function readOptions(given: Readonly<Record<string, unknown>> = {}): EegOptions {
  const entries = EEG_OPTION_NAMES.map((name) => [name, readOption(name, given[name])] as const)
  const options = Object.fromEntries(entries) as EegOptions
  if (options.low_at > options.high_at) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.low_above_high', { low: options.low_at, high: options.high_at }),
    )
  }
  return options
}

function readOption(name: EegOptionName, value: unknown): number {
  const { default: fallback, min, max } = EEG_OPTIONS[name]
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new ProtocolError(
      'invalid_request',
      message('eeg.option', { name, value: shown(value), min, max, fallback }),
    )
  }
  return value
}
