/** For tests: uncompressed TIFF and BigTIFF files with any sample format, which no available encoder writes. */

export const TIFF_TAGS = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffset: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planarConfig: 284,
  colourMap: 320,
  extraSamples: 338,
  sampleFormat: 339,
} as const

const SHORT = 3
const LONG = 4
const LONG8 = 16

export interface TiffPicture {
  width: number
  height: number
  /** The bytes of the only strip, in file byte order. */
  pixels: Buffer
  /** Overrides; default: 8-bit grey, black is zero. */
  tags?: Partial<Record<keyof typeof TIFF_TAGS, number | readonly number[]>>
  isBig?: boolean
}

/** One page, little-endian, one strip. */
export function tiffFile({ width, height, pixels, tags = {}, isBig = false }: TiffPicture): Buffer {
  const headerBytes = isBig ? 16 : 8
  const values = {
    width,
    height,
    bitsPerSample: 8,
    compression: 1,
    photometric: 1,
    stripOffset: headerBytes,
    samplesPerPixel: 1,
    rowsPerStrip: height,
    stripBytes: pixels.length,
    planarConfig: 1,
    ...tags,
  }
  const entries = Object.entries(values)
    .map(([name, value]) => [TIFF_TAGS[name as keyof typeof TIFF_TAGS], [value].flat()] as const)
    .sort(([left], [right]) => left - right)
  const entryBytes = isBig ? 20 : 12
  const inlineBytes = isBig ? 8 : 4
  const countBytes = isBig ? 8 : 2
  const directoryAt = headerBytes + pixels.length
  const restAt = directoryAt + countBytes + entries.length * entryBytes + inlineBytes
  const file = Buffer.alloc(restAt)
  pixels.copy(file, headerBytes)
  file.write('II', 'latin1')
  file.writeUInt16LE(isBig ? 43 : 42, 2)
  if (isBig) {
    file.writeUInt16LE(8, 4)
    file.writeBigUInt64LE(BigInt(directoryAt), 8)
    file.writeBigUInt64LE(BigInt(entries.length), directoryAt)
  } else {
    file.writeUInt32LE(directoryAt, 4)
    file.writeUInt16LE(entries.length, directoryAt)
  }
  const rest: Buffer[] = []
  let at = directoryAt + countBytes
  let nextRest = restAt
  for (const [tag, numbers] of entries) {
    const bytes = valueBytes(numbers, isBig)
    file.writeUInt16LE(tag, at)
    file.writeUInt16LE(typeOf(numbers, isBig), at + 2)
    if (isBig) file.writeBigUInt64LE(BigInt(numbers.length), at + 4)
    else file.writeUInt32LE(numbers.length, at + 4)
    const valueAt = at + entryBytes - inlineBytes
    if (bytes.length <= inlineBytes) {
      bytes.copy(file, valueAt)
    } else {
      if (isBig) file.writeBigUInt64LE(BigInt(nextRest), valueAt)
      else file.writeUInt32LE(nextRest, valueAt)
      rest.push(bytes)
      nextRest += bytes.length
    }
    at += entryBytes
  }
  return Buffer.concat([file, ...rest])
}

function typeOf(numbers: readonly number[], isBig: boolean): number {
  if (numbers.every((number) => number < 65_536)) return SHORT
  return isBig ? LONG8 : LONG
}

function valueBytes(numbers: readonly number[], isBig: boolean): Buffer {
  const type = typeOf(numbers, isBig)
  const bytes = Buffer.alloc(numbers.length * (type === SHORT ? 2 : type === LONG ? 4 : 8))
  numbers.forEach((number, index) => {
    if (type === SHORT) bytes.writeUInt16LE(number, index * 2)
    else if (type === LONG) bytes.writeUInt32LE(number, index * 4)
    else bytes.writeBigUInt64LE(BigInt(number), index * 8)
  })
  return bytes
}
