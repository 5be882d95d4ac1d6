import { expect, it } from 'vitest'
import { describeAnswer } from './answer_line.ts'

const TIMING = {
  queue_ms: 0.5,
  preprocess_ms: 2,
  inference_ms: 4,
  postprocess_ms: 0.1,
  total_ms: 6.6,
  batch_size: 1,
}
const REQUEST = { request_id: 'r1', data: { image: 'aGVsbG8=', timestamp: 1 } }

it('names data keys, image size, result and timing', () => {
  const reply = {
    prediction: 'happy',
    confidence: 0.934,
    probabilities: { happy: 0.934, sad: 0.066 },
    faces: [{}, {}],
    image: { width: 640, height: 480 },
    cached: false,
  }
  expect(describeAnswer(REQUEST, reply, TIMING)).toEqual({
    message: 'response happy 0.93, total 6.6 ms',
    fields: {
      request_id: 'r1',
      data_keys: ['image', 'timestamp'],
      image_size: '640x480',
      result: { prediction: 'happy', confidence: 0.934, faces: 2, cached: false },
      ...TIMING,
    },
  })
})

it('gives the reason why there is no prediction', () => {
  const reply = { prediction: null, confidence: 0, reason: 'no face', faces: [] }
  expect(describeAnswer(REQUEST, reply, TIMING)).toMatchObject({
    message: 'response no prediction, total 6.6 ms',
    fields: { result: { prediction: null, reason: 'no face', faces: 0 } },
  })
})

it('names size and result of each of several pictures, and counts them', () => {
  const one = { prediction: 'sad', confidence: 0.5, image: { width: 8, height: 6 } }
  const broken = { error: 'not an image', code: 'invalid_image' }
  const reply = { results: [one, broken, ...Array.from({ length: 98 }, () => one)] }
  const { fields } = describeAnswer(REQUEST, reply, TIMING)
  expect(fields).toMatchObject({ answers: 100 })
  const results = fields['results'] as unknown[]
  expect(results.slice(0, 2)).toEqual([
    { image_size: '8x6', result: { prediction: 'sad', confidence: 0.5 } },
    { result: broken },
  ])
  expect(results).toHaveLength(16)
})

it('stays short whatever a client or a model sends', () => {
  const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 1]))
  const request = { request_id: 'r1', data: { ['k'.repeat(100_000)]: 1, ...keys } }
  const reply = { text: 't'.repeat(100_000), nested: { deep: keys }, ...keys }
  const line = JSON.stringify(describeAnswer(request, reply, TIMING))
  expect(line.length).toBeLessThan(4096)
})
