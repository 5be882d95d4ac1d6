/** JPEG through libjpeg-turbo: a quarter of the time of sharp on a small picture, two thirds on a large one. */
import { decompress, decompressSync } from '@julusian/jpeg-turbo'

export interface JpegHeader {
  /** As stored. */
  width: number
  height: number
  /** EXIF orientation, 1 to 8. */
  orientation: number
}

/** TJPF_RGB; the package sets its constants at run time, where an import by name cannot see them. */
const FORMAT_RGB = 0

/**
 * Decodes to RGB, on libuv's threads unless `isHere`, so that it runs beside a session of the calling thread. `target` has
 * `width * height * 3` bytes. Rejects if the file is cut off or unusual (then sharp can say more, or repair it).
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  target: Uint8Array,
  isHere: boolean,
): Promise<void> {
  const options = { format: FORMAT_RGB }
  const { size } = isHere
    ? decompressSync(bufferOf(bytes), bufferOf(target), options)
    : await decompress(bufferOf(bytes), bufferOf(target), options)
  if (size !== target.length)
    throw new Error('the decoder found another size than the header states')
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

const PROGRESSIVE = 0xc2
/** Start of frame: baseline, extended and progressive, with Huffman coding. */
const FRAMES = [0xc0, 0xc1, PROGRESSIVE]
/** Each scan of a progressive file goes over all pixels: a small file with thousands would take minutes. sharp's limit. */
const SCANS_MAX = 100
const [APP1, APP2, START_OF_SCAN] = [0xe1, 0xe2, 0xda]

/**
 * Reads the markers (ITU-T T.81, B.1.1) up to the first scan. Null if sharp has to decode the file: not 8-bit grey or
 * YCbCr, another colour profile than sRGB, too many scans, or no valid header.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let orientation = 1
  let size: { width: number; height: number } | null = null
  let isProgressive = false
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at++
      continue
    }
    const body = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2))
    if (marker === START_OF_SCAN) {
      if (size === null || (isProgressive && scansIn(bytes) > SCANS_MAX)) return null
      return { ...size, orientation }
    }
    if (marker === APP1) orientation = orientationOf(body) ?? orientation
    if (marker === APP2 && !isPlainProfile(body)) return null
    if (FRAMES.includes(marker)) {
      const [bits, high = 0, low = 0, wide = 0, narrow = 0, components = 0] = body
      if (bits !== 8 || (components !== 1 && components !== 3)) return null
      isProgressive = marker === PROGRESSIVE
      size = { width: wide * 256 + narrow, height: high * 256 + low }
      if (size.width === 0 || size.height === 0) return null
    } else if (isOtherFrame(marker)) return null
    at += 2 + view.getUint16(at + 2)
  }
  return null
}

/** Lossless, arithmetic or hierarchical frames. C4, C8 and CC mark other segments. */
const isOtherFrame = (marker: number) =>
  marker >= 0xc3 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

const startsWith = (bytes: Uint8Array, text: string) =>
  Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text

function scansIn(bytes: Uint8Array): number {
  const buffer = bufferOf(bytes)
  const marker = Buffer.of(0xff, START_OF_SCAN)
  let scans = 0
  for (let at = buffer.indexOf(marker); at !== -1; at = buffer.indexOf(marker, at + 2)) scans++
  return scans
}

/** The sRGB of cameras and of browsers, by its name in ASCII or UTF-16. Another profile is converted by sharp. */
function isPlainProfile(body: Uint8Array): boolean {
  if (!startsWith(body, 'ICC_PROFILE\0')) return true
  const text = Buffer.from(body).toString('latin1')
  return /sRGB (IEC61966-2.1|built-in)/.test(text.replaceAll('\0', ''))
}

const ORIENTATION_TAG = 0x0112

/** From the first directory of EXIF (TIFF 6.0, section 2); null if it states none. */
function orientationOf(body: Uint8Array): number | null {
  if (!startsWith(body, 'Exif\0\0') || body.length < 14) return null
  const tiff = new DataView(body.buffer, body.byteOffset + 6, body.byteLength - 6)
  const isLittle = tiff.getUint16(0) === 0x4949
  const directory = tiff.getUint32(4, isLittle)
  if (directory + 2 > tiff.byteLength) return null
  const entries = tiff.getUint16(directory, isLittle)
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12
    if (at + 12 > tiff.byteLength) return null
    if (tiff.getUint16(at, isLittle) !== ORIENTATION_TAG) continue
    const value = tiff.getUint16(at + 8, isLittle)
    return value >= 1 && value <= 8 ? value : null
  }
  return null
}
