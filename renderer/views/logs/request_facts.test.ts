import { expect, test } from 'vitest'
import { aLine } from '../../../testing/views.ts'
import { pathOf, requestFacts } from './request_facts.ts'

const timing = {
  queue_ms: 1,
  preprocess_ms: 2.5,
  inference_ms: 4,
  postprocess_ms: 0.5,
  total_ms: 8.75,
  batch_size: 2,
}

test('the answer is the line with the total; its timing and result are read', () => {
  const arrived = aLine({ seq: 1, source: 'gateway' })
  const fields = { image_size: '48x48', result: { prediction: 'happy', confidence: 0.98765 } }
  const answer = aLine({ seq: 2, source: 'emotion', fields: { ...timing, ...fields } })
  expect(requestFacts([arrived, answer])).toEqual({
    sources: ['gateway', 'emotion'],
    answer,
    timing,
    result: [
      ['image_size', '48x48'],
      ['prediction', 'happy'],
      ['confidence', '0.988'],
    ],
  })
})

test('a backend that reports only the total has no stages', () => {
  const facts = requestFacts([aLine({ fields: { total_ms: 7 } })])
  expect([facts.answer?.seq, facts.timing]).toEqual([aLine().seq, null])
})

test('without an answer nothing is made up', () => {
  expect(requestFacts([aLine()])).toMatchObject({ answer: null, timing: null, result: [] })
})

test('stages follow one another, and what is left of the total comes last', () => {
  expect(pathOf(timing)).toEqual([
    { stage: 'queue', startMs: 0, ms: 1 },
    { stage: 'preprocess', startMs: 1, ms: 2.5 },
    { stage: 'inference', startMs: 3.5, ms: 4 },
    { stage: 'postprocess', startMs: 7.5, ms: 0.5 },
    { stage: 'rest', startMs: 8, ms: 0.75 },
  ])
  expect(pathOf({ ...timing, total_ms: 7 }).at(-1)?.ms).toBe(0)
})
