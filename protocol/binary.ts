/**
 * uint32 little-endian header length, JSON header with `{"$attachment": i, "length": n}`, then the attachments'
 * bytes.
 */
import type { Attachment } from './backend.ts'
import { ProtocolError } from './errors.ts'
import { message } from './messages.ts'

const LENGTH_BYTES = 4

/** Throws ProtocolError `invalid_request` if the lengths do not match. */
export function splitBinary(bytes: Uint8Array): { header: Uint8Array; body: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw new ProtocolError('invalid_request', message('binary.length', { bytes: bytes.length }))
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = view.getUint32(0, true)
  const left = bytes.length - LENGTH_BYTES
  if (headerLength > left) {
    throw new ProtocolError(
      'invalid_request',
      message('binary.header', { header: headerLength, left }),
    )
  }
  const bodyStart = LENGTH_BYTES + headerLength
  return { header: bytes.subarray(LENGTH_BYTES, bodyStart), body: bytes.subarray(bodyStart) }
}

/** Views into `body`, by index. Throws ProtocolError `invalid_request` for missing, duplicate or misfitting ones. */
export function readAttachments(
  places: readonly Attachment[],
  body: Uint8Array | null,
): Uint8Array[] {
  if (body === null) {
    if (places.length === 0) return []
    throw new ProtocolError('invalid_request', message('binary.text'))
  }
  const attachments: Uint8Array[] = []
  let offset = 0
  const inOrder = [...places].sort((a, b) => a.$attachment - b.$attachment)
  for (const [index, place] of inOrder.entries()) {
    if (place.$attachment !== index) {
      throw new ProtocolError('invalid_request', message('binary.index', { index }))
    }
    attachments.push(body.subarray(offset, offset + place.length))
    offset += place.length
  }
  if (offset !== body.length) {
    throw new ProtocolError(
      'invalid_request',
      message('binary.sum', { stated: offset, found: body.length }),
    )
  }
  return attachments
}

export function joinBinary(
  header: string,
  attachments: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const headerBytes = new TextEncoder().encode(header)
  const bodyLength = attachments.reduce((sum, one) => sum + one.length, 0)
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes.length + bodyLength)
  new DataView(bytes.buffer).setUint32(0, headerBytes.length, true)
  bytes.set(headerBytes, LENGTH_BYTES)
  let offset = LENGTH_BYTES + headerBytes.length
  for (const attachment of attachments) {
    bytes.set(attachment, offset)
    offset += attachment.length
  }
  return bytes
}
