/** The text of a sent inference request, kept without its image: the image can be encoded from its file again. */
import type { InferenceRequest } from '../../protocol/backend.ts'
import { number } from '../format/number.ts'
import { base64OfBlob } from './base64.ts'

/** The exact text is `head` + base64 of `image` + `tail`. */
export interface SentMessage {
  head: string
  image: Blob
  tail: string
}

/** A control character cannot appear in base64 and is escaped by JSON.stringify, so it marks the place exactly. */
const PLACEHOLDER = '\u0001'

export function sentMessage(requestId: string, image: Blob, timestampS: number): SentMessage {
  const request: InferenceRequest = {
    type: 'inference_request',
    request_id: requestId,
    data: { image: PLACEHOLDER, timestamp: timestampS },
  }
  const [head = '', tail = ''] = JSON.stringify(request).split(
    JSON.stringify(PLACEHOLDER).slice(1, -1),
  )
  return { head, image, tail }
}

export async function exactText(message: SentMessage): Promise<string> {
  return message.head + (await base64OfBlob(message.image)) + message.tail
}

/** For reading: the image is replaced by its size. */
export function shortenedText(message: SentMessage): string {
  const kind = IMAGE_KINDS[message.image.type] ?? message.image.type
  const bytes = `${number(message.image.size)} bytes${kind === '' ? '' : ` of ${kind}`}`
  return `${message.head}…${bytes} as base64…${message.tail}`
}

const IMAGE_KINDS: Record<string, string> = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
  'image/gif': 'GIF',
  'image/avif': 'AVIF',
  'image/tiff': 'TIFF',
  'image/bmp': 'BMP',
}
