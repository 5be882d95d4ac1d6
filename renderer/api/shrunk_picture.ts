import { MessageError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import type { ImageSize } from '../../protocol/backend.ts'
import {
  SENT_QUALITY,
  sentSizeOf,
  TRANSPARENT_BECOMES,
  type SentSize,
} from '../../protocol/sent_picture.ts'

export interface ShrunkPicture extends SentSize {
  file: Blob
}

/** null: the picture is sent as it is, because it is small, unreadable in the browser, or would not get smaller. */
export type Shrink = (file: Blob, wanted: ImageSize) => Promise<ShrunkPicture | null>

/** Returns a JPEG, upright by its EXIF orientation. Both sizes refer to the upright picture. */
export const shrinkInBrowser: Shrink = async (file, wanted) => {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (bitmap === null) return null
  try {
    const original = { width: bitmap.width, height: bitmap.height }
    const sent = sentSizeOf(original, wanted)
    if (sent === null) return null
    const blob = await jpegOf(bitmap, sent)
    return blob.size < file.size ? { file: blob, sent, original } : null
  } finally {
    bitmap.close()
  }
}

async function jpegOf(bitmap: ImageBitmap, { width, height }: ImageSize): Promise<Blob> {
  const scaled = await createImageBitmap(bitmap, {
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: 'high',
  })
  try {
    const canvas = new OffscreenCanvas(width, height)
    const context = canvas.getContext('2d')
    if (context === null) throw new MessageError(message('browser.no_canvas'))
    // JPEG has no transparency.
    const { r, g, b } = TRANSPARENT_BECOMES
    context.fillStyle = `rgb(${r} ${g} ${b})`
    context.fillRect(0, 0, width, height)
    context.drawImage(scaled, 0, 0)
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: SENT_QUALITY })
  } finally {
    scaled.close()
  }
}
