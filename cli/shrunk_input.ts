/** Scales large pictures to what the backend's model uses, before `test` sends them. */
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

/** Formats that sharp decodes like the backends. Not TIFF, whose samples have many meanings. */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'heif']

/** A picture above 4 MiB. */
export const isLargePicture = ({ kind, bytes }: InputFile) =>
  kind === 'image' && bytes.byteLength > SHRINK_FROM_BYTES

/** Upright JPEG. null: send it as it is, because scaling gains nothing or fails. */
export async function shrunkInput(
  input: InputFile,
  wanted: ImageSize,
): Promise<ShrunkInput | null> {
  try {
    // On demand: other commands do not need the library.
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
