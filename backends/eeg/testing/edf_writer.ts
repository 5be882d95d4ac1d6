/** Writes EDF and BDF test files, valid unless a field is overridden. */

export interface EdfSignal {
  label: string
  unit?: string
  physical?: readonly [min: number, max: number]
  digital?: readonly [min: number, max: number]
  samplesPerRecord: number
  /** Physical values, zero-padded. */
  values: Float64Array
  /** Annotations per record instead of values. */
  texts?: readonly string[]
}

export interface EdfFile {
  /** BDF has 24 bit. */
  format?: 'EDF' | 'BDF'
  signals: readonly EdfSignal[]
  records: number
  recordS?: number
  /** The `reserved` field: `EDF+C`, `EDF+D` or empty. */
  reserved?: string
  /** Header padding; blanks by the format, zero bytes by some writers. */
  padding?: string
  fields?: Partial<Record<keyof typeof FIELDS, string>>
}

const FIELDS = {
  version: [0, 8],
  patient: [8, 80],
  recording: [88, 80],
  headerBytes: [184, 8],
  reserved: [192, 44],
  records: [236, 8],
  recordS: [244, 8],
  signals: [252, 4],
} as const

export function writeEdf(file: EdfFile): Uint8Array {
  const {
    format = 'EDF',
    signals,
    records,
    recordS = 1,
    reserved = '',
    padding = ' ',
    fields = {},
  } = file
  const sampleBytes = format === 'BDF' ? 3 : 2
  const headerBytes = 256 * (signals.length + 1)
  const recordBytes = signals.reduce(
    (total, { samplesPerRecord }) => total + samplesPerRecord * sampleBytes,
    0,
  )
  const bytes = Buffer.alloc(headerBytes + records * recordBytes)
  bytes.fill(padding, 0, headerBytes)
  const put = (text: string, at: number, length: number) =>
    bytes.write(text.slice(0, length), at, 'latin1')
  const texts: Record<keyof typeof FIELDS, string> = {
    version: format === 'BDF' ? '\xffBIOSEMI' : '0',
    patient: 'X X X X',
    recording: 'Startdate X X X X',
    headerBytes: String(headerBytes),
    reserved,
    records: String(records),
    recordS: String(recordS),
    signals: String(signals.length),
    ...fields,
  }
  for (const [name, [at, length]] of Object.entries(FIELDS)) {
    put(texts[name as keyof typeof FIELDS], at, length)
  }
  writeSignalHeaders(signals, put)
  let at = headerBytes
  for (let record = 0; record < records; record++) {
    for (const signal of signals) at = writeRecord(bytes, at, { signal, record, sampleBytes })
  }
  return new Uint8Array(bytes)
}

function writeSignalHeaders(
  signals: readonly EdfSignal[],
  put: (text: string, at: number, length: number) => void,
): void {
  const columns: [offset: number, length: number, text: (signal: EdfSignal) => string][] = [
    [0, 16, ({ label }) => label],
    [96, 8, ({ unit = 'uV' }) => unit],
    [104, 8, ({ physical = PHYSICAL }) => String(physical[0])],
    [112, 8, ({ physical = PHYSICAL }) => String(physical[1])],
    [120, 8, ({ digital = DIGITAL }) => String(digital[0])],
    [128, 8, ({ digital = DIGITAL }) => String(digital[1])],
    [216, 8, ({ samplesPerRecord }) => String(samplesPerRecord)],
  ]
  for (const [offset, length, text] of columns) {
    signals.forEach((signal, index) => {
      put(text(signal), 256 + offset * signals.length + index * length, length)
    })
  }
}

const PHYSICAL = [-3276.8, 3276.7] as const
const DIGITAL = [-32768, 32767] as const

function writeRecord(
  bytes: Buffer,
  start: number,
  { signal, record, sampleBytes }: { signal: EdfSignal; record: number; sampleBytes: number },
): number {
  const { samplesPerRecord, values, texts, physical = PHYSICAL, digital = DIGITAL } = signal
  const end = start + samplesPerRecord * sampleBytes
  if (texts !== undefined) {
    bytes.write((texts[record] ?? '').slice(0, end - start), start, 'latin1')
    return end
  }
  const gain = (digital[1] - digital[0]) / (physical[1] - physical[0])
  const limit = 2 ** (8 * sampleBytes - 1)
  for (let sample = 0; sample < samplesPerRecord; sample++) {
    const value = values[record * samplesPerRecord + sample] ?? 0
    const digitalValue = Math.round((value - physical[0]) * gain + digital[0])
    const written = Number.isFinite(digitalValue) ? digitalValue : 0
    bytes.writeIntLE(
      Math.max(-limit, Math.min(limit - 1, written)),
      start + sample * sampleBytes,
      sampleBytes,
    )
  }
  return end
}
