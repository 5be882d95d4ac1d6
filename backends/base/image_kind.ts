/** Recognises a file by its first bytes, so that an error can say what was sent instead of an image. Pure. */

/** What decoders are open for; see image.ts. */
const DECODED_KINDS = ['JPEG', 'PNG', 'WebP', 'GIF', 'TIFF', 'HEIF or AVIF'] as const

export interface FileKind {
  /** For sentences: "PNG", "an SVG drawing", "text". */
  name: string
  isDecoded: boolean
}

export const DECODED_NAMES = 'JPEG, PNG, WebP, GIF, TIFF or AVIF'

/** null when the bytes look like nothing that is known. */
export function recogniseFile(bytes: Uint8Array): FileKind | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES))
  const latin = head.toString('latin1')
  const found = SIGNATURES.find(([, matches]) => matches(latin))
  if (found) return { name: found[0], isDecoded: DECODED_KINDS.some((kind) => kind === found[0]) }
  return isText(head) ? { name: textKind(latin), isDecoded: false } : null
}

const HEAD_BYTES = 512

const starts = (prefix: string) => (latin: string) => latin.startsWith(prefix)
const holds = (text: string, at: number) => (latin: string) => latin.startsWith(text, at)

const SIGNATURES: readonly (readonly [string, (latin: string) => boolean])[] = [
  ['JPEG', starts('\xff\xd8\xff')],
  ['PNG', starts('\x89PNG\r\n\x1a\n')],
  ['WebP', (latin) => latin.startsWith('RIFF') && latin.startsWith('WEBP', 8)],
  ['GIF', starts('GIF8')],
  ['TIFF', (latin) => latin.startsWith('II*\0') || latin.startsWith('MM\0*')],
  ['HEIF or AVIF', (latin) => /^.{4}ftyp(avi|hei|hev|mif|msf)/s.test(latin)],
  ['a BMP bitmap', starts('BM')],
  ['a PDF document', starts('%PDF-')],
  ['a Windows icon', starts('\0\0\x01\0')],
  ['a Photoshop file', starts('8BPS')],
  ['a JPEG XL image', (latin) => latin.startsWith('\xff\x0a') || latin.startsWith('JXL ', 4)],
  ['a JPEG 2000 image', holds('jP  ', 4)],
  ['a ZIP archive', starts('PK\x03\x04')],
  ['gzip data', starts('\x1f\x8b')],
  ['an MP4 or QuickTime video', holds('ftyp', 4)],
  ['a Matroska or WebM video', starts('\x1aE\xdf\xa3')],
  ['an AVI or WAV file', starts('RIFF')],
  ['a NumPy array', starts('\x93NUMPY')],
]

function textKind(latin: string): string {
  const text = latin.replace(/^\xef\xbb\xbf/, '').trimStart()
  if (/<svg[\s>]/i.test(text)) return 'an SVG drawing'
  if (/^<(!doctype html|html)/i.test(text)) return 'an HTML page'
  if (text.startsWith('<')) return 'an XML document'
  if (/^[{[]/.test(text)) return 'JSON text'
  if (/^data:image\//.test(text)) return 'the text of a data URL (decoded twice?)'
  return 'text'
}

/** Control characters other than white space do not occur in text. */
const isText = (head: Buffer) =>
  head.length > 0 && head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))
