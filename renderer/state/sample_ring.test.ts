import { expect, test } from 'vitest'
import type { Sample } from '../../protocol/control.ts'
import { aSample, TEST_EPOCH } from '../../testing/views.ts'
import { SAMPLE_SPAN_MS, SAMPLES_MAX, withHistory, withSample } from './sample_ring.ts'

const at = (offsetMs: number) => aSample({ time: TEST_EPOCH + offsetMs })
const times = (samples: readonly Sample[]) => samples.map((sample) => sample.time - TEST_EPOCH)

test('samples older than five minutes are let go', () => {
  const samples = withSample([at(0), at(1000)], at(SAMPLE_SPAN_MS + 500))
  expect(times(samples)).toEqual([1000, SAMPLE_SPAN_MS + 500])
})

test('the ring never holds more than its maximum, however short the interval', () => {
  let samples: readonly Sample[] = []
  for (let index = 0; index < SAMPLES_MAX + 50; index++) samples = withSample(samples, at(index))
  expect(samples).toHaveLength(SAMPLES_MAX)
  expect(times(samples).at(-1)).toBe(SAMPLES_MAX + 49)
})

test('a sample that is not newer than the last is already known', () => {
  expect(withSample([at(2000)], at(2000))).toHaveLength(1)
})

test('the history precedes samples pushed during its request', () => {
  const samples = withHistory([at(2000), at(3000)], [at(0), at(1000), at(2000)])
  expect(times(samples)).toEqual([0, 1000, 2000, 3000])
})
