import { KNOWN_ORIGIN, memoryChannel, type EegSignal } from '../signal.ts'

export function sine(
  hz: number,
  { amplitude = 1, rateHz = 128, samples = 1280, phase = 0 } = {},
): Float64Array {
  return Float64Array.from(
    { length: samples },
    (_, at) => amplitude * Math.sin((2 * Math.PI * hz * at) / rateHz + phase),
  )
}

/** White Gaussian noise of variance 1, deterministic (Box-Muller over mulberry32). */
export function noise(samples: number, seed = 1): Float64Array {
  const random = seededRandom(seed)
  return Float64Array.from({ length: samples }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()))
    return radius * Math.cos(2 * Math.PI * random())
  })
}

export function sum(...signals: readonly Float64Array[]): Float64Array {
  return Float64Array.from(signals[0] ?? [], (_, at) =>
    signals.reduce((total, one) => total + (one[at] as number), 0),
  )
}

export const scaled = (signal: Float64Array, factor: number): Float64Array =>
  signal.map((value) => value * factor)

export function signalOf(channels: Record<string, Float64Array>, samplingRateHz = 128): EegSignal {
  const samples = Object.values(channels)[0]?.length ?? 0
  return {
    channels: Object.entries(channels).map(([name, samplesUv]) =>
      memoryChannel(name, name, samplingRateHz, samplesUv),
    ),
    samplingRateHz,
    durationS: samples / samplingRateHz,
    origin: KNOWN_ORIGIN,
    warnings: [],
    notes: [],
  }
}

export const samplesOf = (signal: EegSignal, at = 0): Float64Array => {
  const channel = signal.channels[at]
  return channel === undefined ? new Float64Array() : channel.readUv(0, channel.samples)
}

export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function variance(values: Float64Array): number {
  const mean = values.reduce((total, value) => total + value, 0) / values.length
  return values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length
}
