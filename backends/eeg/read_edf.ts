/**
 * EDF and EDF+ (16 bit, continuous): Kemp et al. 1992 and Kemp & Olivan 2003, https://www.edfplus.info/specs/.
 * Who was recorded, when and where is not read at all.
 */
import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { makeResampler } from './dsp_resample.ts'
import { kindOfLabel, nameChannels } from './montage.ts'
import { listed } from './read_text.ts'
import {
  FILE_BYTES_MAX,
  requireSize,
  SAMPLING_RATE_HZ,
  VALUE_UV_MAX,
  type EegSignal,
} from './signal.ts'

const FIXED_HEADER_BYTES = 256
const SIGNAL_HEADER_BYTES = 256
/** Signals in one file, EEG or not. The format allows 9999. */
const SIGNALS_MAX = 512
const SAMPLE_BYTES = 2
/** Each takes a resampler of its own. */
const RATES_MAX = 4

/** Microvolts per unit, in lower case. The last two spellings of µV are UTF-8 that was read as Latin-1. */
const MICROVOLTS = new Map<string, number>([
  ['nv', 1e-3],
  ['mv', 1e3],
  ['v', 1e6],
  ...['uv', '\u00b5v', '\u00e2\u00b5v', '\u00ee\u00bcv'].map((unit) => [unit, 1] as const),
])

interface EdfSignalHeader {
  label: string
  unit: string
  physicalMin: number
  physicalMax: number
  digitalMin: number
  digitalMax: number
  samplesPerRecord: number
  /** Of the signal's samples in every record. */
  byteOffset: number
}

interface EdfHeader {
  headerBytes: number
  records: number
  recordS: number
  recordBytes: number
  signals: EdfSignalHeader[]
}

export function readEdf(bytes: Uint8Array): EegSignal {
  const header = readHeader(bytes)
  const notes: string[] = []
  const chosen = chooseEeg(header, notes)
  const samplingRateHz = Math.max(...chosen.map((signal) => rateOf(signal, header)))
  requireSize('the EDF file', {
    channels: chosen.length,
    samples: Math.ceil(header.records * header.recordS * samplingRateHz),
    samplingRateHz,
  })
  const names = nameChannels(chosen.map(({ label }, at) => label || `Ch${at + 1}`))
  const samples = Math.round(header.records * header.recordS * samplingRateHz)
  const resamplers = new Map(
    [...new Set(chosen.map((signal) => rateOf(signal, header)))].map((rate) => [
      rate,
      makeResampler(rate, samplingRateHz),
    ]),
  )
  return {
    channels: chosen.map((signal, at) => {
      const rate = rateOf(signal, header)
      const own = readSamples(bytes, header, signal)
      const name = names[at] as string
      if (rate === samplingRateHz) return { name, label: signal.label, samplesUv: own }
      notes.push(`${name} was resampled from ${rate} to ${samplingRateHz} Hz`)
      const resampled = resamplers.get(rate)?.(own) ?? own
      return { name, label: signal.label, samplesUv: sizedTo(resampled, samples) }
    }),
    samplingRateHz,
    notes,
  }
}

function readHeader(bytes: Uint8Array): EdfHeader {
  if (bytes.byteLength > FILE_BYTES_MAX) {
    throw new ProtocolError(
      'too_large',
      `the EDF file has ${bytes.byteLength} bytes, the limit is ${FILE_BYTES_MAX}; split the recording`,
    )
  }
  if (bytes.byteLength < FIXED_HEADER_BYTES) {
    throw broken(`it has ${bytes.byteLength} bytes, and the header alone takes 256`)
  }
  const text = (from: number, length: number) => latin1(bytes.subarray(from, from + length))
  if (text(0, 8).trim() !== '0') {
    throw broken(`its version field is ${preview(text(0, 8).trim())}, not "0"`)
  }
  if (text(192, 5) === 'EDF+D') {
    throw new ProtocolError(
      'invalid_request',
      'the EDF+ file is discontinuous (EDF+D): windows would reach over its gaps; export it as EDF+C, one file per part',
    )
  }
  const signalCount = integer('number of signals', text(252, 4))
  if (signalCount < 1 || signalCount > SIGNALS_MAX) {
    throw broken(`its header says ${signalCount} signals; 1 to ${SIGNALS_MAX} are read`)
  }
  const headerBytes = FIXED_HEADER_BYTES + signalCount * SIGNAL_HEADER_BYTES
  const saidBytes = integer('header size', text(184, 8))
  if (saidBytes !== headerBytes) {
    throw broken(
      `its header says ${saidBytes} header bytes, ${signalCount} signals take ${headerBytes}`,
    )
  }
  if (bytes.byteLength < headerBytes) {
    throw broken(`it ends within the header, after ${bytes.byteLength} of ${headerBytes} bytes`)
  }
  const recordS = decimal('record duration', text(244, 8))
  if (!(recordS > 0)) {
    throw broken(`its records last ${recordS} s; without a duration there is no sampling rate`)
  }
  const signals = readSignalHeaders(text, signalCount)
  const recordBytes = signals.reduce((sum, one) => sum + one.samplesPerRecord * SAMPLE_BYTES, 0)
  const records = countRecords(
    integer('number of records', text(236, 8)),
    bytes.byteLength - headerBytes,
    recordBytes,
  )
  return { headerBytes, records, recordS, recordBytes, signals }
}

/** The header holds each field of all signals before the next field. */
function readSignalHeaders(
  text: (from: number, length: number) => string,
  count: number,
): EdfSignalHeader[] {
  const field = (at: number, offset: number, length: number) =>
    text(FIXED_HEADER_BYTES + offset * count + at * length, length)
  let byteOffset = 0
  return Array.from({ length: count }, (_, at) => {
    const label = field(at, 0, 16).trim()
    const named = (what: string) => `${what} of signal ${at + 1} (${preview(label)})`
    const signal = {
      label,
      unit: field(at, 96, 8).trim(),
      physicalMin: decimal(named('physical minimum'), field(at, 104, 8)),
      physicalMax: decimal(named('physical maximum'), field(at, 112, 8)),
      digitalMin: integer(named('digital minimum'), field(at, 120, 8)),
      digitalMax: integer(named('digital maximum'), field(at, 128, 8)),
      samplesPerRecord: integer(named('samples per record'), field(at, 216, 8)),
      byteOffset,
    }
    if (signal.samplesPerRecord < 1) {
      throw broken(`the ${named('samples per record')} is ${signal.samplesPerRecord}`)
    }
    byteOffset += signal.samplesPerRecord * SAMPLE_BYTES
    return signal
  })
}

function countRecords(said: number, dataBytes: number, recordBytes: number): number {
  const whole = Math.floor(dataBytes / recordBytes)
  // -1 is what a recorder writes before it knows; a crash leaves it there.
  const records = said === -1 ? whole : said
  if (records < 1) throw broken('it holds no data record')
  if (whole < records) {
    throw broken(
      `it is cut off: the header promises ${records} records of ${recordBytes} bytes, ${whole} are there`,
    )
  }
  return records
}

/** The signals that are EEG, by label, unit and rate; what is left out is noted. */
function chooseEeg(header: EdfHeader, notes: string[]): EdfSignalHeader[] {
  const electrical = header.signals.filter(
    ({ label, unit }) => kindOfLabel(label) === 'eeg' && microvoltsPer(unit) !== null,
  )
  const chosen = electrical.filter((signal) => rateOf(signal, header) >= SAMPLING_RATE_HZ.min)
  if (chosen.length === 0) {
    const found = listed(header.signals.map(({ label, unit }) => `${label} [${unit}]`))
    throw new ProtocolError(
      'invalid_request',
      `the EDF file has no EEG signal in uV, mV or V at ${SAMPLING_RATE_HZ.min} Hz or more; its signals are ${found}`,
    )
  }
  const fastest = Math.max(...chosen.map((signal) => rateOf(signal, header)))
  if (fastest > SAMPLING_RATE_HZ.max) {
    throw new ProtocolError(
      'invalid_request',
      `the EDF file has a sampling rate of ${fastest} Hz, the limit is ${SAMPLING_RATE_HZ.max}; resample it`,
    )
  }
  const rates = [...new Set(chosen.map((signal) => rateOf(signal, header)))]
  if (rates.length > RATES_MAX) {
    throw new ProtocolError(
      'invalid_request',
      `the EDF file has EEG signals at ${rates.length} different sampling rates (${listed(rates.map(String))}), the limit is ${RATES_MAX}; resample them to one`,
    )
  }
  for (const { label, unit, physicalMin, physicalMax, digitalMin, digitalMax } of chosen) {
    const largestUv =
      Math.max(Math.abs(physicalMin), Math.abs(physicalMax)) * (microvoltsPer(unit) ?? 1)
    if (digitalMin >= digitalMax || physicalMin === physicalMax || largestUv > VALUE_UV_MAX) {
      throw broken(
        `the ranges of ${preview(label)} make no sense (digital ${digitalMin} to ${digitalMax}, physical ${physicalMin} to ${physicalMax} ${unit})`,
      )
    }
  }
  const left = header.signals.filter((signal) => !chosen.includes(signal))
  if (left.length > 0) {
    notes.push(`signals that are no EEG were left out: ${listed(left.map(({ label }) => label))}`)
  }
  return chosen
}

const rateOf = ({ samplesPerRecord }: EdfSignalHeader, { recordS }: EdfHeader) =>
  samplesPerRecord / recordS

const microvoltsPer = (unit: string): number | null => MICROVOLTS.get(unit.toLowerCase()) ?? null

function readSamples(
  bytes: Uint8Array,
  { headerBytes, records, recordBytes }: EdfHeader,
  signal: EdfSignalHeader,
): Float64Array {
  const { physicalMin, physicalMax, digitalMin, digitalMax, samplesPerRecord } = signal
  const scale = microvoltsPer(signal.unit) as number
  const gain = ((physicalMax - physicalMin) / (digitalMax - digitalMin)) * scale
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samplesUv = new Float64Array(records * samplesPerRecord)
  let at = 0
  for (let record = 0; record < records; record++) {
    let byte = headerBytes + record * recordBytes + signal.byteOffset
    for (let sample = 0; sample < samplesPerRecord; sample++, byte += SAMPLE_BYTES) {
      samplesUv[at++] = (view.getInt16(byte, true) - digitalMin) * gain + physicalMin * scale
    }
  }
  return samplesUv
}

/** Signals of different rates end within a sample of each other; all channels must be equally long. */
function sizedTo(samples: Float64Array, length: number): Float64Array {
  const sized = new Float64Array(length).fill(samples[samples.length - 1] ?? 0)
  sized.set(samples.subarray(0, length))
  return sized
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

function integer(what: string, text: string): number {
  const value = decimal(what, text)
  if (!Number.isInteger(value))
    throw broken(`the ${what} is ${preview(text.trim())}, not a whole number`)
  return value
}

function decimal(what: string, text: string): number {
  const bare = text.replace(/\0/g, ' ').trim()
  // Eight characters hold at most 1e9 in plain notation; exponents are not in the format, yet written by some.
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(bare) ? Number(bare) : NaN
  if (!Number.isFinite(value)) throw broken(`the ${what} is ${preview(bare)}, not a number`)
  return value
}

function broken(reason: string): ProtocolError {
  return new ProtocolError(
    'invalid_request',
    `the EDF file cannot be read: ${reason}; export it again`,
  )
}
