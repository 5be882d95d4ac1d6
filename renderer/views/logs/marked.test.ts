import { expect, test } from 'vitest'
import { marked } from './marked.ts'

test('every match is marked, without regard to case, and the text stays whole', () => {
  const parts = marked('Total 9 ms, total 8 ms', 'total')
  expect(parts.filter((part) => part.isMatch).map((part) => part.part)).toEqual(['Total', 'total'])
  expect(parts.map((part) => part.part).join('')).toBe('Total 9 ms, total 8 ms')
})

test('signs of regular expressions are ordinary letters', () => {
  expect(marked('a.b', '.').map((part) => part.part)).toEqual(['a', '.', 'b'])
})

test('without a search nothing is marked', () => {
  expect(marked('abc', '')).toEqual([{ part: 'abc', isMatch: false }])
})
