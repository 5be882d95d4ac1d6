import { message, type Message, type PlainCode } from '../../protocol/messages.ts'

/** What to send instead. */
export const SEND_KNOWN = message('picture.fix_format')

export type DecodedKind = 'JPEG' | 'PNG' | 'WebP' | 'GIF' | 'TIFF' | 'BMP' | 'AVIF' | 'HEIF'

export type FileKind = { isDecoded: true; name: DecodedKind } | RefusedKind

export interface RefusedKind {
  isDecoded: false
  name: Message
  remedy: Message
}

export function recogniseFile(bytes: Uint8Array): FileKind | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES))
  const latin = head.toString('latin1')
  const heif = heifKind(latin)
  if (heif !== null) return heif
  const decoded = DECODED.find(([, matches]) => matches(latin))
  if (decoded) return { isDecoded: true, name: decoded[0] }
  const other = OTHERS.find(([, matches]) => matches(latin))
  if (other) return refused(other[0], other[2] && message(other[2]))
  return isText(head) ? textKind(latin) : null
}

/** Shared error for HEIC, detected by brand or content. */
export const HEIC: RefusedKind = {
  isDecoded: false,
  name: message('picture.kind_heic'),
  remedy: message('picture.fix_heic'),
}

const HEAD_BYTES = 512

const refused = (name: PlainCode, remedy = SEND_KNOWN): RefusedKind => ({
  isDecoded: false,
  name: message(name),
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

const EXPORT = 'picture.fix_export'

const OTHERS: readonly (readonly [name: PlainCode, matches: Matcher, remedy?: PlainCode])[] = [
  ['picture.kind_dicom', holds('DICM', 128), 'picture.fix_dicom'],
  ['picture.kind_jxl', starts('\xff\x0a', '\0\0\0\x0cJXL '), EXPORT],
  ['picture.kind_jp2', starts('\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'), EXPORT],
  ['picture.kind_pnm', (latin) => /^P[1-7]\s+(#|\d+\s+\d+\s|WIDTH)/.test(latin), 'picture.fix_pnm'],
  ['picture.kind_raw', starts('FUJIFILMCCD-RAW', 'IIRO', 'IIU\0'), EXPORT],
  ['picture.kind_raw', holds('ftypcrx ', 4), EXPORT],
  ['picture.kind_exr', starts('v/1\x01'), EXPORT],
  ['picture.kind_hdr', starts('#?RADIANCE', '#?RGBE'), EXPORT],
  ['picture.kind_psd', starts('8BPS'), EXPORT],
  ['picture.kind_ico', starts('\0\0\x01\0'), EXPORT],
  ['picture.kind_pdf', starts('%PDF-'), 'picture.fix_page'],
  ['picture.kind_numpy', starts('\x93NUMPY'), 'picture.fix_array'],
  ['picture.kind_zip', starts('PK\x03\x04'), 'picture.fix_each'],
  ['picture.kind_gzip', starts('\x1f\x8b'), 'picture.fix_inside'],
  ['picture.kind_mp4', holds('ftyp', 4), 'picture.fix_frames'],
  ['picture.kind_mkv', starts('\x1aE\xdf\xa3'), 'picture.fix_frames'],
  ['picture.kind_avi', starts('RIFF')],
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
  if (/<svg[\s>]/i.test(text)) return refused('picture.kind_svg', message('picture.fix_png'))
  if (/^<(!doctype html|html)/i.test(text)) return refused('picture.kind_html')
  if (text.startsWith('<')) return refused('picture.kind_xml')
  if (/^[{[]/.test(text)) return refused('picture.kind_json')
  if (/^data:image\//.test(text)) {
    return refused('picture.kind_twice', message('picture.fix_once'))
  }
  return refused('picture.kind_text')
}

/** Text has no control characters other than white space. */
const isText = (head: Buffer) =>
  head.length > 0 && head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))
