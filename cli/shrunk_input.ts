/** Scales a large picture down before `test` sends it, to what the model of the backend makes use of. */
import type { ImageSize } from '../protocol/backend.ts'
import {
  SENT_QUALITY,
  sentSizeOf,
  SHRINK_FROM_BYTES,
  TRANSPARENT_BECOMES,
  type SentSize,
} from '../protocol/sent_picture.ts'
import type { InputFile } from './wire.ts'

export interface ShrunkInput extends SentSize {
  input: InputFile
}

/** Formats of which sharp makes the same pixels as the backends do. TIFF is not one: its samples have many meanings. */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'heif']

/** True when `shrunkInput` may scale it: a picture above 4 MiB. */
export const isLargePicture = ({ kind, bytes }: InputFile) =>
  kind === 'image' && bytes.byteLength > SHRINK_FROM_BYTES

/** Upright, as JPEG. null: it is sent as it is, because nothing is gained or it cannot be scaled here. */
export async function shrunkInput(
  input: InputFile,
  wanted: ImageSize,
): Promise<ShrunkInput | null> {
  try {
    // Only here: every other command would load the library for nothing.
    const { default: sharp } = await import('sharp')
    const { format, autoOrient: original } = await sharp(input.bytes).metadata()
    const sent = FORMATS.includes(format) ? sentSizeOf(original, wanted) : null
    if (sent === null) return null
    const bytes = await sharp(input.bytes, { autoOrient: true })
      .resize(sent.width, sent.height, { fit: 'fill' })
      .flatten({ background: TRANSPARENT_BECOMES })
      .jpeg({ quality: SENT_QUALITY * 100 })
      .toBuffer()
    return bytes.length < input.bytes.byteLength
      ? { input: { ...input, bytes }, sent, original }
      : null
  } catch {
    // The backend reports what is wrong with the file.
    return null
  }
}

/** `face.png: sent as 1707 x 1280 JPEG, 0.4 MiB instead of 22.9 MiB.` */
export function shrunkNote(whole: InputFile, { input, sent }: ShrunkInput): string {
  const mebibytes = ({ bytes }: InputFile) => `${(bytes.byteLength / 1024 ** 2).toFixed(1)} MiB`
  return `${whole.file}: sent as ${sent.width} x ${sent.height} JPEG, ${mebibytes(input)} instead of ${mebibytes(whole)}. --send-original sends the file as it is.`
}
