/**
 * uint32 little-endian header length, JSON header with `{"$attachment": i, "length": n}`, then the attachments'
 * bytes.
 */
import type { Attachment } from './backend.ts'
import { ProtocolError } from './errors.ts'

const LENGTH_BYTES = 4

/** Throws ProtocolError `invalid_request` if the lengths do not match. */
export function splitBinary(bytes: Uint8Array): { header: Uint8Array; body: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) {
    throw new ProtocolError(
      'invalid_request',
      `the binary message has ${bytes.length} bytes; it begins with 4 bytes of header length (uint32, little-endian)`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = view.getUint32(0, true)
  const left = bytes.length - LENGTH_BYTES
  if (headerLength > left) {
    throw new ProtocolError(
      'invalid_request',
      `the binary message announces a header of ${headerLength} bytes and has ${left} after the length`,
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
    throw new ProtocolError(
      'invalid_request',
      'the message names an attachment and is text; send it in the binary form',
    )
  }
  const attachments: Uint8Array[] = []
  let offset = 0
  const inOrder = [...places].sort((a, b) => a.$attachment - b.$attachment)
  for (const [index, place] of inOrder.entries()) {
    if (place.$attachment !== index) {
      throw new ProtocolError(
        'invalid_request',
        `attachment ${index} is missing or named twice; number them 0, 1, 2, ..`,
      )
    }
    attachments.push(body.subarray(offset, offset + place.length))
    offset += place.length
  }
  if (offset !== body.length) {
    throw new ProtocolError(
      'invalid_request',
      `the attachments are ${offset} bytes by their lengths and ${body.length} bytes in the message`,
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
