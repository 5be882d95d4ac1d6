/**
 * EDF, EDF+ (16 bit), BDF and BDF+ (24 bit): Kemp et al. 1992 and Kemp & Olivan 2003,
 * https://www.edfplus.info/specs/; https://www.biosemi.com/faq/file_format.htm. Personal data is not read.
 */
import { preview } from '../../protocol/describe.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { type Message, message, type PlainCode } from '../../protocol/messages.ts'
import { makeWarning } from '../../protocol/warning_texts.ts'
import { type EegWarning, FILE_BYTES_MAX, fileName } from './signal.ts'

const FIXED_HEADER_BYTES = 256
const SIGNAL_HEADER_BYTES = 256
const SIGNALS_MAX = 1024

export interface EdfSignalHeader {
  label: string
  unit: string
  physicalMin: number
  physicalMax: number
  digitalMin: number
  digitalMax: number
  samplesPerRecord: number
  byteOffset: number
}

export interface EdfHeader {
  format: 'EDF' | 'BDF'
  /** 2 in EDF, 3 in BDF; little-endian, two's complement. */
  sampleBytes: 2 | 3
  headerBytes: number
  records: number
  recordS: number
  recordBytes: number
  /** EDF+D or BDF+D: records may have gaps. */
  isDiscontinuous: boolean
  signals: EdfSignalHeader[]
  warnings: EegWarning[]
}

export function isEdf(bytes: Uint8Array): boolean {
  const start = latin1(bytes.subarray(0, 8))
  if (start === '\xffBIOSEMI') return true
  // A text of numbers may start with a 0 and blanks, but has no header length at its place.
  return /^0[ \0]{7}$/.test(start) && !/[\r\n]/.test(latin1(bytes.subarray(0, FIXED_HEADER_BYTES)))
}

export function readEdfHeader(bytes: Uint8Array): EdfHeader {
  const format = bytes[0] === 0xff ? 'BDF' : 'EDF'
  const broken = (reason: Message) => brokenFile(format, reason)
  if (bytes.byteLength > FILE_BYTES_MAX) {
    throw new ProtocolError(
      'too_large',
      message('eeg.file_size', {
        file: fileName(format),
        bytes: bytes.byteLength,
        max: FILE_BYTES_MAX,
      }),
    )
  }
  if (bytes.byteLength < FIXED_HEADER_BYTES) {
    throw broken(message('edf.short', { bytes: bytes.byteLength }))
  }
  const text = (from: number, length: number) => field(bytes, from, length)
  if (format === 'EDF' && text(0, 8) !== '0') {
    throw broken(message('edf.version', { version: preview(text(0, 8)) }))
  }
  const number = (what: Message, value: string) => decimal(what, value, broken)
  const signalCount = integer(message('edf.field_signals'), text(252, 4), broken)
  if (signalCount < 1 || signalCount > SIGNALS_MAX) {
    throw broken(message('edf.signals', { signals: signalCount, max: SIGNALS_MAX }))
  }
  const headerBytes = FIXED_HEADER_BYTES + signalCount * SIGNAL_HEADER_BYTES
  if (bytes.byteLength < headerBytes) {
    throw broken(message('edf.header_cut', { bytes: bytes.byteLength, header: headerBytes }))
  }
  const recordS = number(message('edf.field_duration'), text(244, 8))
  if (!(recordS > 0)) {
    throw broken(message('edf.no_duration', { seconds: recordS }))
  }
  const signals = readSignalHeaders(text, signalCount, broken)
  const said = integer(message('edf.field_records'), text(236, 8), broken)
  const warnings: EegWarning[] = []
  const dataBytes = bytes.byteLength - headerBytes
  const sampleBytes = sampleBytesOf(format, { signals, said, data: bytes.subarray(headerBytes) })
  if (format === 'BDF' && sampleBytes === 2) warnings.push(SIXTEEN_BIT_BDF)
  let byteOffset = 0
  for (const signal of signals) {
    signal.byteOffset = byteOffset
    byteOffset += signal.samplesPerRecord * sampleBytes
  }
  const recordBytes = byteOffset
  const whole = Math.floor(dataBytes / recordBytes)
  if (whole < 1) throw broken(message('edf.no_record'))
  const warning = recordWarning(said, whole, format)
  if (warning !== null) warnings.push(warning)
  const saidBytes = integer(message('edf.field_header'), text(184, 8), broken)
  if (saidBytes !== headerBytes) {
    warnings.push(
      makeWarning('header_mismatch', {
        case: 'size',
        format,
        stated: saidBytes,
        signals: signalCount,
        found: headerBytes,
        field: FIELD,
      }),
    )
  }
  return {
    format,
    sampleBytes,
    headerBytes,
    records: whole,
    recordS,
    recordBytes,
    isDiscontinuous: /^[EB]DF\+D/.test(text(192, 44)),
    signals,
    warnings,
  }
}

/** The header lists each field for all signals before the next field. */
function readSignalHeaders(
  text: (from: number, length: number) => string,
  count: number,
  broken: (reason: Message) => ProtocolError,
): EdfSignalHeader[] {
  const cell = (at: number, offset: number, length: number) =>
    text(FIXED_HEADER_BYTES + offset * count + at * length, length)
  return Array.from({ length: count }, (_, at) => {
    const label = cell(at, 0, 16)
    const named = (code: PlainCode) =>
      message('edf.field_of', { field: message(code), signal: at + 1, label: preview(label) })
    const signal = {
      label,
      unit: cell(at, 96, 8),
      physicalMin: decimal(named('edf.physical_min'), cell(at, 104, 8), broken),
      physicalMax: decimal(named('edf.physical_max'), cell(at, 112, 8), broken),
      digitalMin: integer(named('edf.digital_min'), cell(at, 120, 8), broken),
      digitalMax: integer(named('edf.digital_max'), cell(at, 128, 8), broken),
      samplesPerRecord: integer(named('edf.per_record'), cell(at, 216, 8), broken),
      byteOffset: 0,
    }
    if (signal.samplesPerRecord < 1) {
      throw broken(
        message('edf.value', { field: named('edf.per_record'), value: signal.samplesPerRecord }),
      )
    }
    return signal
  })
}

const FIELD = 'data.eeg_signal'
const SIXTEEN_BIT_BDF = makeWarning('header_mismatch', { case: 'sixteen_bit', field: FIELD })

/** 3 in BDF, unless the file length fits 2 and the samples read as 24 bit exceed their own limits. */
function sampleBytesOf(
  format: string,
  file: { signals: readonly EdfSignalHeader[]; said: number; data: Uint8Array },
): 2 | 3 {
  if (format === 'EDF') return 2
  const { signals, said, data } = file
  const perRecord = signals.reduce((sum, one) => sum + one.samplesPerRecord, 0)
  const fits16 = Math.floor(data.byteLength / (perRecord * 2)) === said
  return fits16 && !isWithinLimits(signals, data) ? 2 : 3
}

/** True if the samples of the first record, read as 24 bit, are within the digital limits. */
function isWithinLimits(signals: readonly EdfSignalHeader[], data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let byte = 0
  return signals.every(({ digitalMin, digitalMax, samplesPerRecord }) => {
    const [low, high] = [Math.min(digitalMin, digitalMax), Math.max(digitalMin, digitalMax)]
    const end = Math.min(byte + samplesPerRecord * 3, data.byteLength - 2)
    for (; byte < end; byte += 3) {
      const value = readInt24(view, byte)
      if (value < low || value > high) return false
    }
    return true
  })
}

export const readInt24 = (view: DataView, byte: number): number =>
  view.getUint16(byte, true) | (view.getInt8(byte + 2) << 16)

/** -1 means unknown while recording; a crash leaves it there. */
function recordWarning(said: number, whole: number, format: string): EegWarning | null {
  if (said === whole || said === -1) return null
  const values = { case: 'records', format, stated: said, found: whole, field: FIELD } as const
  return makeWarning(said > whole ? 'recording_cut' : 'header_mismatch', values)
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

/** Fields are padded with blanks; some writers end them with a zero byte. */
function field(bytes: Uint8Array, from: number, length: number): string {
  return latin1(bytes.subarray(from, from + length))
    .replace(/\0.*$/s, '')
    .trim()
}

function integer(what: Message, text: string, broken: (reason: Message) => ProtocolError): number {
  const value = decimal(what, text, broken)
  if (!Number.isInteger(value))
    throw broken(message('edf.not_whole', { field: what, value: preview(text) }))
  return value
}

function decimal(what: Message, text: string, broken: (reason: Message) => ProtocolError): number {
  // Some recorders write decimal commas, and files have exponents although the format does not.
  const plain = text.replace(',', '.')
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(plain) ? Number(plain) : NaN
  if (!Number.isFinite(value))
    throw broken(message('edf.not_number', { field: what, value: preview(text) }))
  return value
}

export function brokenFile(format: string, reason: Message): ProtocolError {
  return new ProtocolError('invalid_request', message('edf.broken', { format, reason }))
}
