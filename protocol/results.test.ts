import { expect, it } from 'vitest'
import { readResult } from './results.ts'

const image = { width: 4, height: 4 }
const classes = { prediction: 'cat', confidence: 1, image, top: [{ label: 'cat', probability: 1 }] }
const boxes = { prediction: null, confidence: 0, image, detections: [] }

it.each<[string, unknown, string | undefined]>([
  ['classes', classes, 'classification'],
  ['detections, none found', boxes, 'detections'],
  ['a prediction alone', { prediction: 'bright', confidence: 1, image }, 'json'],
  ['text', 'cat', undefined],
])('reads %s as what it holds', (_, data, kind) => {
  expect(readResult(data)?.kind).toBe(kind)
})

it('tries the declared kind first, and reads what does not have its form as what it holds', () => {
  expect(readResult(classes, [{ kind: 'json' }])?.kind).toBe('json')
  expect(readResult(classes, [{ kind: 'score' }, { kind: 'depth' }])?.kind).toBe('classification')
})
