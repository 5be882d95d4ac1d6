// @vitest-environment happy-dom
import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { SAMPLE_SPAN_MS } from '../state/sample_ring.ts'
import { Sparkline, type SparkPoint } from './sparkline.tsx'

afterEach(cleanup)

const NOW_MS = 1_000_000
const pointAt = (ageMs: number, line: number | null = 8): SparkPoint => ({
  time: NOW_MS - ageMs,
  line,
  area: line === null ? null : line * 2,
})
const pathsOf = (points: SparkPoint[]) => {
  const { container } = render(<Sparkline points={points} nowMs={NOW_MS} height={12} />)
  return [...container.querySelectorAll('path')].map((path) => path.getAttribute('d') ?? '')
}
const seconds = (...ages: number[]) => ages.map((age) => pointAt(age * 1000))

test('a few points are not drawn, only the base line over the whole width', () => {
  expect(pathsOf(seconds(90, 60, 30, 1))).toEqual(['M0 11.5H120'])
})

test('many points of a short time are not drawn either', () => {
  expect(pathsOf(seconds(6, 5, 4, 3, 2, 1))).toHaveLength(1)
})

test('five points are a curve over the base line', () => {
  expect(pathsOf(seconds(90, 60, 45, 30, 1))).toHaveLength(3)
})

test('a gap stays a gap', () => {
  const [, , line] = pathsOf([
    ...seconds(90, 80, 70),
    pointAt(60_000, null),
    ...seconds(50, 40, 30),
  ])
  expect(line?.match(/M/g)).toHaveLength(2)
})

test('what is older than the span draws nothing', () => {
  const old = [1, 2, 3, 4, 5].map((age) => pointAt(SAMPLE_SPAN_MS + age))
  expect(pathsOf(old)).toEqual([])
})
