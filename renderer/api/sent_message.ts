/** The text of a sent request without its file, which can be encoded again. */
import type { InferenceRequest } from '../../protocol/backend.ts'
import { number } from '../format/number.ts'
import { base64OfBlob } from './base64.ts'

/** The exact text is `head` + base64 of `file` + `tail`. */
export interface SentMessage {
  head: string
  file: Blob
  tail: string
}

/** JSON.stringify escapes control characters and base64 has none, so this marks the place unambiguously. */
const PLACEHOLDER = '\u0001'

export function sentFile(
  requestId: string,
  { key, file }: { key: string; file: Blob },
  others: Readonly<Record<string, unknown>>,
): SentMessage {
  const request: InferenceRequest = {
    type: 'inference_request',
    request_id: requestId,
    data: { [key]: PLACEHOLDER, ...others },
  }
  const [head = '', tail = ''] = JSON.stringify(request).split(
    JSON.stringify(PLACEHOLDER).slice(1, -1),
  )
  return { head, file, tail }
}

export async function exactText(message: SentMessage): Promise<string> {
  return message.head + (await base64OfBlob(message.file)) + message.tail
}

/** Such as "PNG"; empty if the browser does not know the type. */
export const fileKind = ({ type }: Blob): string => FILE_KINDS[type] ?? type

export function shortenedText(message: SentMessage): string {
  const kind = fileKind(message.file)
  const bytes = `${number(message.file.size)} bytes${kind === '' ? '' : ` of ${kind}`}`
  return `${message.head}…${bytes} as base64…${message.tail}`
}

const FILE_KINDS: Record<string, string> = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
  'image/gif': 'GIF',
  'image/avif': 'AVIF',
  'image/tiff': 'TIFF',
  'image/bmp': 'BMP',
  'text/csv': 'CSV',
  // Windows reports this type for CSV files.
  'application/vnd.ms-excel': 'CSV',
  'text/plain': 'text',
}
