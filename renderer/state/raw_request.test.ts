import { expect, it } from 'vitest'
import { RAW_REQUEST_LENGTH_MAX, rawRequest } from './raw_request.ts'

const head = (text: string) => {
  const request = rawRequest(text, 'id')
  return 'sent' in request ? (JSON.parse(request.sent.head) as unknown) : request
}

it('keeps every key, and gives the request its type and id', () => {
  const data = { rgb_frames: ['a', 'b'], elapsed_time: 3 }
  const whole = { type: 'inference_request', request_id: 'id', data }
  expect(head(JSON.stringify({ request_id: 'mine', data, model_type: 'x' }))).toEqual({
    ...whole,
    model_type: 'x',
  })
  expect(head(JSON.stringify(data))).toEqual(whole)
})

it.each([
  ['{"a":', 'not_json'],
  ['[1]', 'not_object'],
  ['null', 'not_object'],
  [`"${'x'.repeat(RAW_REQUEST_LENGTH_MAX)}"`, 'too_long'],
])('refuses what cannot be a request', (text, fault) => {
  expect(rawRequest(text, 'id')).toMatchObject({ fault })
})
