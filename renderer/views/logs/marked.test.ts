import { describe, expect, test } from 'vitest'
import { NO_TEXT } from '../../state/log_store.ts'
import { marked } from './marked.ts'

const matches = (text: string, searched: Partial<typeof NO_TEXT>) =>
  marked(text, { ...NO_TEXT, ...searched })
    .filter((part) => part.isMatch)
    .map((part) => part.part)

test('every match is marked, without regard to case, and the text stays whole', () => {
  const parts = marked('Total 9 ms, total 8 ms', { ...NO_TEXT, search: 'total' })
  expect(parts.filter((part) => part.isMatch).map((part) => part.part)).toEqual(['Total', 'total'])
  expect(parts.map((part) => part.part).join('')).toBe('Total 9 ms, total 8 ms')
})

test('a case-sensitive search does not match another spelling', () => {
  expect(matches('Total, total', { search: 'total', isCaseSensitive: true })).toEqual(['total'])
})

test('signs of regular expressions are ordinary letters in plain text', () => {
  expect(matches('a.b', { search: '.' })).toEqual(['.'])
})

test('without a search nothing is marked', () => {
  expect(marked('abc', NO_TEXT)).toEqual([{ part: 'abc', isMatch: false }])
})

describe('an expression', () => {
  test('marks what it matches, in any case unless told otherwise', () => {
    const search = '[a-z]+ \\d+'
    expect(matches('Total 9, total 8', { search, isRegex: true })).toEqual(['Total 9', 'total 8'])
    expect(matches('Total 9', { search, isRegex: true, isCaseSensitive: true })).toEqual(['otal 9'])
  })
  test('that matches nothing at all places marks nothing', () => {
    expect(matches('abc', { search: 'x*', isRegex: true })).toEqual([])
  })
  test('that this browser does not take marks nothing', () => {
    expect(matches('abc', { search: '(', isRegex: true })).toEqual([])
  })
})
