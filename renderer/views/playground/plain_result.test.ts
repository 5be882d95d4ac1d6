import { describe, expect, test } from 'vitest'
import { plainResult } from './plain_result.ts'

describe('a reply without a known kind', () => {
  test('has a headline, single values and bars', () => {
    const data = {
      prediction: 7.51,
      confidence: 0.8,
      bytes: 1080,
      cached: false,
      language: 'de',
      words: ['ein', 'Satz'],
      embedding: [0.1, -0.2, 0.3],
      scores: { cat: 0.7, dog: 0.3 },
      ranked: [
        { label: 'cat', probability: 0.7 },
        { label: 'dog', probability: 0.3 },
      ],
    }
    expect(plainResult(data)).toEqual({
      prediction: '7.51',
      confidence: 0.8,
      values: [
        { key: 'bytes', value: 1080 },
        { key: 'cached', value: false },
        { key: 'language', value: 'de' },
        { key: 'words', value: 'ein, Satz' },
      ],
      series: [
        {
          key: 'embedding',
          points: [
            { label: '0', value: 0.1 },
            { label: '1', value: -0.2 },
            { label: '2', value: 0.3 },
          ],
        },
        {
          key: 'scores',
          points: [
            { label: 'cat', value: 0.7 },
            { label: 'dog', value: 0.3 },
          ],
        },
        {
          key: 'ranked',
          points: [
            { label: 'cat', value: 0.7 },
            { label: 'dog', value: 0.3 },
          ],
        },
      ],
      hidden: [],
    })
  })
  test('keeps what is nested under a dotted key, and names what only the JSON shows', () => {
    const data = { result: { text: 'hello', size: { width: 4, height: 3 } }, mask: [[1, 2]] }
    expect(plainResult(data)).toMatchObject({
      prediction: null,
      values: [
        { key: 'result.text', value: 'hello' },
        { key: 'result.size', value: '4 × 3' },
      ],
      hidden: ['mask'],
    })
  })
  test('shows a prediction that is a list as bars', () => {
    expect(plainResult({ prediction: [1, 2] })).toMatchObject({
      prediction: null,
      series: [{ key: 'prediction' }],
    })
  })
  test.each([[null], ['text'], [[1, 2]], [{}]])('of %j nothing is drawn', (data) => {
    expect(plainResult(data)).toBeNull()
  })
})
