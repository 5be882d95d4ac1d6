/** Backend and gateway read each form of a request as the same message. */
import { describe, expect, test } from 'vitest'
import { parseClientMessage } from '../protocol/parse_message.ts'
import { requestFrame } from './request_frame.ts'

const facts = { model: 'fatigue', unixSeconds: 12 }
const image = new Uint8Array(100_000).map((_, at) => at)
const message = {
  type: 'inference_request',
  request_id: 'a',
  data: { image, images: [image.subarray(0, 3), 'AAAA'], eeg_signal: [[1, 2]], timestamp: 7 },
}

const textOf = (frame: ReturnType<typeof requestFrame>) => {
  if (typeof frame !== 'string') throw new Error('the frame is binary')
  return JSON.parse(frame) as Record<string, unknown>
}

describe('a request', () => {
  test('carries bytes behind its header in the binary form', () => {
    const frame = requestFrame(message, { dialect: 'native', acceptsBinary: true }, facts)
    if (typeof frame === 'string') throw new Error('the frame is text')
    const parsed = parseClientMessage(frame, true)
    expect(parsed).toMatchObject({
      ok: true,
      message: { data: { images: [{ $attachment: 1, length: 3 }, 'AAAA'], timestamp: 7 } },
    })
    expect(parsed.ok && parsed.attachments.map(({ length }) => length)).toEqual([100_000, 3])
    expect(parsed.ok && Buffer.compare(image, parsed.attachments[0] ?? new Uint8Array())).toBe(0)
  })

  test('carries base64 in a text', () => {
    const text = textOf(requestFrame(message, { dialect: 'native', acceptsBinary: false }, facts))
    const base64 = Buffer.from(image).toString('base64')
    expect(text).toEqual({
      ...message,
      data: { ...message.data, image: base64, images: ['AAEC', 'AAAA'] },
    })
  })

  test('in the platform dialect is a text with the model and the time, unless it has its own', () => {
    const form = { dialect: 'platform', acceptsBinary: true } as const
    expect(textOf(requestFrame(message, form, facts))).toMatchObject({
      model_type: 'fatigue',
      timestamp: 12,
      data: { images: ['AAEC', 'AAAA'] },
    })
    expect(textOf(requestFrame({ ...message, model_type: 'other' }, form, facts))).toMatchObject({
      model_type: 'other',
    })
  })
})
