import { ProtocolError } from './errors.ts'
import { message } from './messages.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true })
const WITH_BYTE_ORDER_MARK = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Drops a byte order mark. Throws ProtocolError `invalid_json` for invalid UTF-8 instead of replacing bytes. */
export const utf8Text = (bytes: Uint8Array): string => decode(bytes, UTF8)

/** For a part of a text, which may begin with U+FEFF. */
export const utf8Part = (bytes: Uint8Array): string => decode(bytes, WITH_BYTE_ORDER_MARK)

function decode(bytes: Uint8Array, decoder: Pick<typeof UTF8, 'decode'>): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new ProtocolError('invalid_json', message('json.not_utf8'))
  }
}
