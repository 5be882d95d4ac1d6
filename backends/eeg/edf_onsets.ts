/** Start times of EDF+ and BDF+ records, from their time-keeping annotations. */
import type { EdfHeader } from './edf_header.ts'

/** `+12.5` and two separators start the annotations of a record (EDF+ section 2.2.4). */
const ONSET = /^([+-]\d+(?:\.\d*)?)\x14\x14/ // eslint-disable-line no-control-regex -- the format's separators

/** Seconds, one per record; null without annotations, or if a record has no time. */
export function recordOnsets(bytes: Uint8Array, header: EdfHeader): number[] | null {
  const { signals, records, headerBytes, recordBytes, sampleBytes } = header
  const annotations = signals.find(({ label }) => /^[eb]df annotations/i.test(label))
  if (annotations === undefined) return null
  const onsets: number[] = []
  for (let record = 0; record < records; record++) {
    const from = headerBytes + record * recordBytes + annotations.byteOffset
    const to = from + annotations.samplesPerRecord * sampleBytes
    const onset = ONSET.exec(Buffer.from(bytes.subarray(from, to)).toString('latin1'))?.[1]
    if (onset === undefined) return null
    onsets.push(Number(onset))
  }
  return onsets
}

export interface RecordGap {
  record: number
  expectedS: number
  startS: number
}

/** The first record that does not start where the previous one ends; null if there is none. */
export function firstGap(onsets: readonly number[], recordS: number): RecordGap | null {
  // Some writers round onsets to milliseconds.
  const tolerance = Math.max(0.002, recordS * 1e-3)
  for (let record = 1; record < onsets.length; record++) {
    const expectedS = (onsets[record - 1] as number) + recordS
    const startS = onsets[record] as number
    if (Math.abs(startS - expectedS) > tolerance) return { record, expectedS, startS }
  }
  return null
}
