export const DECODED_NAMES = 'JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF'

export type DecodedKind = 'JPEG' | 'PNG' | 'WebP' | 'GIF' | 'TIFF' | 'BMP' | 'AVIF' | 'HEIF'

export type FileKind = { isDecoded: true; name: DecodedKind } | RefusedKind

export interface RefusedKind {
  isDecoded: false
  name: string
  remedy: string
}

export function recogniseFile(bytes: Uint8Array): FileKind | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES))
  const latin = head.toString('latin1')
  const heif = heifKind(latin)
  if (heif !== null) return heif
  const decoded = DECODED.find(([, matches]) => matches(latin))
  if (decoded) return { isDecoded: true, name: decoded[0] }
  const other = OTHERS.find(([, matches]) => matches(latin))
  if (other) return refused(other[0], other[2])
  return isText(head) ? textKind(latin) : null
}

/** Shared error for HEIC, detected by brand or content. */
export const HEIC: RefusedKind = {
  isDecoded: false,
  name: 'HEIC pictures (HEVC)',
  remedy: 'Export it as JPEG, or set the camera to Most Compatible.',
}

const HEAD_BYTES = 512

const refused = (name: string, remedy = `Send ${DECODED_NAMES}.`): RefusedKind => ({
  isDecoded: false,
  name,
  remedy,
})

type Matcher = (latin: string) => boolean
const starts =
  (...prefixes: string[]): Matcher =>
  (latin) =>
    prefixes.some((prefix) => latin.startsWith(prefix))
const holds =
  (text: string, at: number): Matcher =>
  (latin) =>
    latin.startsWith(text, at)

const DECODED: readonly (readonly [DecodedKind, Matcher])[] = [
  ['JPEG', starts('\xff\xd8\xff')],
  ['PNG', starts('\x89PNG\r\n\x1a\n')],
  ['WebP', (latin) => latin.startsWith('RIFF') && latin.startsWith('WEBP', 8)],
  ['GIF', starts('GIF8')],
  // Classic and BigTIFF.
  ['TIFF', starts('II*\0', 'MM\0*', 'II+\0', 'MM\0+')],
  ['BMP', (latin) => /^BM.{4}\0{4}/s.test(latin)],
]

const EXPORT = 'Export it as PNG or JPEG.'

const OTHERS: readonly (readonly [name: string, matches: Matcher, remedy?: string])[] = [
  [
    'DICOM files',
    holds('DICM', 128),
    'Export the frame as 8-bit PNG, with the window that shows what matters.',
  ],
  ['JPEG XL pictures', starts('\xff\x0a', '\0\0\0\x0cJXL '), EXPORT],
  ['JPEG 2000 pictures', starts('\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'), EXPORT],
  [
    'PPM, PGM and PBM pictures',
    (latin) => /^P[1-7]\s+(#|\d+\s+\d+\s|WIDTH)/.test(latin),
    'Save it as PNG.',
  ],
  ['Camera raw files', starts('FUJIFILMCCD-RAW', 'IIRO', 'IIU\0'), EXPORT],
  ['Camera raw files', holds('ftypcrx ', 4), EXPORT],
  ['OpenEXR pictures', starts('v/1\x01'), EXPORT],
  ['Radiance HDR pictures', starts('#?RADIANCE', '#?RGBE'), EXPORT],
  ['Photoshop files', starts('8BPS'), EXPORT],
  ['Windows icons', starts('\0\0\x01\0'), EXPORT],
  ['PDF documents', starts('%PDF-'), 'Export the page as PNG.'],
  ['NumPy arrays', starts('\x93NUMPY'), 'Save the array as a PNG picture.'],
  ['ZIP archives', starts('PK\x03\x04'), 'Send the pictures in it one by one.'],
  ['Gzip files', starts('\x1f\x8b'), 'Send the picture in it.'],
  ['MP4 and QuickTime videos', holds('ftyp', 4), 'Send single frames.'],
  ['Matroska and WebM videos', starts('\x1aE\xdf\xa3'), 'Send single frames.'],
  ['AVI and WAV files', starts('RIFF')],
]

/** HEIF holds several codecs. Its brands name them: the major one, then the compatible ones. */
function heifKind(latin: string): FileKind | null {
  if (!latin.startsWith('ftyp', 4)) return null
  const boxBytes = Buffer.from(latin.slice(0, 4), 'latin1').readUInt32BE(0)
  const main = latin.slice(8, 12)
  const brands = [main, ...(latin.slice(16, Math.max(16, boxBytes)).match(/.{4}/gs) ?? [])]
  if (/^av(if|is)$/.test(main)) return { isDecoded: true, name: 'AVIF' }
  if (/^he(i[cxms]|v[cxms])$/.test(main)) return HEIC
  if (!/^(mif|msf|mia)/.test(main)) return null
  if (brands.includes('avif')) return { isDecoded: true, name: 'AVIF' }
  if (brands.some((brand) => /^he(i[cx]|vc)$/.test(brand))) return HEIC
  return { isDecoded: true, name: 'HEIF' }
}

function textKind(latin: string): FileKind {
  const text = latin.replace(/^\xef\xbb\xbf/, '').trimStart()
  // SVG drawings can refer to other files, so their decoder is blocked.
  if (/<svg[\s>]/i.test(text)) return refused('SVG drawings', 'Export it as PNG.')
  if (/^<(!doctype html|html)/i.test(text)) return refused('HTML pages')
  if (text.startsWith('<')) return refused('XML documents')
  if (/^[{[]/.test(text)) return refused('JSON texts')
  if (/^data:image\//.test(text)) {
    return refused('The text of a data URL that was encoded twice', 'Encode the file once.')
  }
  return refused('Text files')
}

/** Text has no control characters other than white space. */
const isText = (head: Buffer) =>
  head.length > 0 && head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))
