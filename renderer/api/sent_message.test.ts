// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { base64OfBlob } from './base64.ts'
import { exactText, sentFile, shortenedText } from './sent_message.ts'

test.each([
  [[], ''],
  [[0], 'AA=='],
  [[255, 254], '//4='],
  [[104, 101, 108, 108, 111], 'aGVsbG8='],
])('the bytes %j are %j in base64', async (bytes, text) => {
  expect(await base64OfBlob(new Blob([new Uint8Array(bytes)]))).toBe(text)
})

test('every byte survives base64', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256)
  const decoded = Uint8Array.from(atob(await base64OfBlob(new Blob([bytes]))), (letter) =>
    letter.charCodeAt(0),
  )
  expect(decoded).toEqual(bytes)
})

const hello = new Blob(['hello'], { type: 'image/jpeg' })
const picture = { key: 'image', file: hello }

test('the exact text is the JSON of the request with the image in it', async () => {
  expect(JSON.parse(await exactText(sentFile('id-1', picture, { timestamp: 12.5 })))).toEqual({
    type: 'inference_request',
    request_id: 'id-1',
    data: { image: 'aGVsbG8=', timestamp: 12.5 },
  })
})

test('the display text shows the size of the image, and is still JSON', () => {
  const parsed: unknown = JSON.parse(shortenedText(sentFile('id-1', picture, { timestamp: 12.5 })))
  expect(parsed).toMatchObject({ data: { image: '…5 bytes of JPEG as base64…' } })
})

const recording = { key: 'eeg_signal', file: new Blob(['1,2'], { type: 'text/csv' }) }

test.each([
  {},
  { sampling_rate: 128 },
  { sampling_rate: 128, unit: 'mV', channel_names: ['C3', 'C4'] },
])('an EEG file is sent with what a person states about it, %j', async (keys) => {
  expect(JSON.parse(await exactText(sentFile('id-1', recording, keys)))).toEqual({
    type: 'inference_request',
    request_id: 'id-1',
    data: { eeg_signal: 'MSwy', ...keys },
  })
})

test('the display text shows the size of the EEG file', () => {
  const parsed: unknown = JSON.parse(
    shortenedText(sentFile('id-1', recording, { sampling_rate: 128 })),
  )
  expect(parsed).toMatchObject({ data: { eeg_signal: '…3 bytes of CSV as base64…' } })
})
