/** TIFF and BigTIFF directories: page count and sample layout of the first page. */

/** Pages, and entries in total, that can be read in some tens of milliseconds. */
export const TIFF_PAGES_MAX = 1000
const TIFF_ENTRIES_MAX = 50_000

export interface TiffHeader {
  bitsPerSample: number[]
  compression: number
  photometric: number
  samplesPerPixel: number
  /** Per sample beyond the colours: 0 not stated, 1 premultiplied alpha, 2 alpha. */
  extraSamples: number[]
  /** Per sample: 1 unsigned, 2 signed, 3 float, 4 not stated, 5 and 6 complex. */
  sampleFormat: number[]
}

export interface TiffDirectories {
  /** Too many pages or entries for libvips, or a circular directory chain. */
  isOverlong: boolean
  /** null: truncated before the end of the first directory. */
  first: TiffHeader | null
}

const TAGS = {
  258: 'bitsPerSample',
  259: 'compression',
  262: 'photometric',
  277: 'samplesPerPixel',
  338: 'extraSamples',
  339: 'sampleFormat',
} as const

type FieldName = (typeof TAGS)[keyof typeof TAGS]

/** Value size by type: BYTE, SHORT, LONG, and BigTIFF's LONG8. Other types are not needed. */
const VALUE_BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 16: 8 }

/** More than the samples of any supported picture. */
const VALUES_READ_MAX = 16

interface Widths {
  headerBytes: number
  countBytes: 2 | 8
  entryBytes: number
  offsetBytes: 4 | 8
}

const CLASSIC: Widths = { headerBytes: 8, countBytes: 2, entryBytes: 12, offsetBytes: 4 }
const BIG: Widths = { headerBytes: 16, countBytes: 8, entryBytes: 20, offsetBytes: 8 }

/** libvips reads all directories even for the first page, so count them before. */
export function readTiffDirectories(bytes: Uint8Array): TiffDirectories {
  const file = new TiffReader(bytes)
  const { widths } = file
  let first: TiffHeader | null = null
  let offset = file.firstOffset()
  let entries = 0
  for (let pages = 0; offset !== 0; pages++) {
    // The decoder rejects truncated files.
    const count = file.count(offset)
    if (count === null) break
    entries += count
    if (pages === TIFF_PAGES_MAX || entries > TIFF_ENTRIES_MAX) return { isOverlong: true, first }
    const end = offset + widths.countBytes + count * widths.entryBytes
    const next = file.offset(end)
    if (next === null) break
    if (pages === 0) first = file.header(offset + widths.countBytes, count)
    offset = next
  }
  return { isOverlong: false, first }
}

class TiffReader {
  readonly widths: Widths
  private readonly view: DataView
  private readonly isLittleEndian: boolean

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.isLittleEndian = bytes[0] === 0x49
    this.widths = this.number(2, 2) === 43 ? BIG : CLASSIC
  }

  firstOffset(): number {
    return this.offset(this.widths.headerBytes - this.widths.offsetBytes) ?? 0
  }

  offset(at: number): number | null {
    return this.number(at, this.widths.offsetBytes)
  }

  count(at: number): number | null {
    return this.number(at, this.widths.countBytes)
  }

  /** Fields of the directory at `at`, all within the file. */
  header(at: number, count: number): TiffHeader {
    const found = new Map<FieldName, number[]>()
    for (let entry = 0; entry < count; entry++) {
      const place = at + entry * this.widths.entryBytes
      const name = (TAGS as Record<number, FieldName | undefined>)[this.number(place, 2) ?? 0]
      if (name !== undefined) found.set(name, this.values(place))
    }
    const listOf = (name: FieldName) => found.get(name) ?? []
    const valueOf = (name: FieldName, fallback: number) => listOf(name)[0] ?? fallback
    const samplesPerPixel = valueOf('samplesPerPixel', 1)
    const each = (name: FieldName) => {
      const list = listOf(name)
      return Array.from(
        { length: Math.min(samplesPerPixel, VALUES_READ_MAX) },
        (_, index) => list[index] ?? list[0] ?? 1,
      )
    }
    return {
      samplesPerPixel,
      bitsPerSample: each('bitsPerSample'),
      sampleFormat: each('sampleFormat'),
      extraSamples: listOf('extraSamples'),
      compression: valueOf('compression', 1),
      photometric: valueOf('photometric', 1),
    }
  }

  private values(entry: number): number[] {
    const { offsetBytes } = this.widths
    const valueBytes = VALUE_BYTES[this.number(entry + 2, 2) ?? 0]
    const count = this.number(entry + 4, offsetBytes)
    if (valueBytes === undefined || count === null) return []
    const inline = entry + 4 + offsetBytes
    const start = count * valueBytes <= offsetBytes ? inline : this.offset(inline)
    if (start === null) return []
    const values: number[] = []
    for (let index = 0; index < Math.min(count, VALUES_READ_MAX); index++) {
      const value = this.number(start + index * valueBytes, valueBytes)
      if (value !== null) values.push(value)
    }
    return values
  }

  private number(at: number, bytes: number): number | null {
    const { view, isLittleEndian } = this
    if (at + bytes > view.byteLength) return null
    switch (bytes) {
      case 1:
        return view.getUint8(at)
      case 2:
        return view.getUint16(at, isLittleEndian)
      case 4:
        return view.getUint32(at, isLittleEndian)
      default:
        return Number(view.getBigUint64(at, isLittleEndian))
    }
  }
}
