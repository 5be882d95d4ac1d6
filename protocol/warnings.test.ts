import { expect, it } from 'vitest'
import { inferenceResponseSchema } from './backend.ts'
import { metricsCodeOf, warningsIn } from './warnings.ts'

const REPLY = { type: 'inference_response', request_id: 'a', data: {} }
const WARNING = { code: 'blurred', message: 'The picture is blurred.', field: 'data.image' }

it('a reply without warnings has no such key', () => {
  expect(inferenceResponseSchema.parse(REPLY)).toEqual(REPLY)
})

it('a reply keeps the warnings of any backend, with keys that only this backend knows', () => {
  const reply = { ...REPLY, warnings: [{ ...WARNING, blur: 0.9 }] }
  expect(inferenceResponseSchema.parse(reply)).toEqual(reply)
})

it.each([
  ['a text', 'blurred'],
  ['an object', { code: 'blurred', message: 'The picture is blurred.' }],
  ['entries without a code', [{ message: 'x' }, null, 7, WARNING]],
])('malformed warnings (%s) do not cost the answer', (_kind, warnings) => {
  const { warnings: read } = inferenceResponseSchema.parse({ ...REPLY, warnings })
  expect(read).toEqual(Array.isArray(warnings) ? [WARNING] : [])
})

it('shows control characters of a message as escapes, and reads a bounded number of warnings', () => {
  expect(warningsIn([{ code: 'x', message: 'a\u001b[31mb' }])[0]?.message).not.toContain('\u001b')
  expect(warningsIn(Array.from({ length: 1000 }, () => WARNING))).toHaveLength(256)
})

it.each([
  ['sampling_rate_assumed', 'sampling_rate_assumed'],
  ['blurred', 'other'],
  ['constructor', 'other'],
])('the code %s is counted as %s', (code, label) => {
  expect(metricsCodeOf(code)).toBe(label)
})
