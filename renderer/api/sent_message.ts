/** The text of a sent inference request, kept without its file: the file can be encoded again. */
import type { InferenceRequest } from '../../protocol/backend.ts'
import { number } from '../format/number.ts'
import { base64OfBlob } from './base64.ts'

/** The exact text is `head` + base64 of `file` + `tail`. */
export interface SentMessage {
  head: string
  file: Blob
  tail: string
}

/** A control character cannot appear in base64 and is escaped by JSON.stringify, so it marks the place exactly. */
const PLACEHOLDER = '\u0001'

/** The file stands in `data` under `key`, beside `others`. */
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

/** "PNG"; empty when the browser does not know. */
export const fileKind = ({ type }: Blob): string => FILE_KINDS[type] ?? type

/** For reading: the file is replaced by its size. */
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
  // What Windows calls a CSV file.
  'application/vnd.ms-excel': 'CSV',
  'text/plain': 'text',
}
