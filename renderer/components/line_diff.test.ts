import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hunksOf, lineDiff, type DiffLine } from './line_diff.ts'

const short = (lines: readonly DiffLine[]) =>
  lines.map(({ kind, text }) => `${{ same: ' ', old: '-', new: '+' }[kind]}${text}`)

test('a changed value is its old line and its new one', () => {
  const diff = lineDiff('a\nport: 1\nc', 'a\nport: 2\nc')
  expect(short(diff)).toEqual([' a', '-port: 1', '+port: 2', ' c'])
  expect(diff.map(({ line }) => line)).toEqual([1, 2, 2, 3])
})

test('added and removed lines are distinguished from those between them', () => {
  expect(short(lineDiff('a\nb\nc\nd', 'a\nc\nd\ne'))).toEqual([' a', '-b', ' c', ' d', '+e'])
})

test('any two texts can be rebuilt from their diff', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = lineDiff(before, after)
      const side = (left: DiffLine['kind']) =>
        diff.flatMap(({ kind, text: line }) => (kind === left ? [] : [line])).join('\n')
      expect(side('new')).toBe(before)
      expect(side('old')).toBe(after)
    }),
  )
})

test('hunks have some lines around them, and those that touch are one', () => {
  const before = 'a b c d e f g h i j'.split(' ')
  const change = (...indexes: number[]) =>
    before.map((line, index) => (indexes.includes(index) ? line.toUpperCase() : line))
  const hunks = (after: string[]) =>
    hunksOf(lineDiff(before.join('\n'), after.join('\n')), 1).map((hunk) => short(hunk).join(''))
  expect(hunks(change(1, 7))).toEqual([' a-b+B c', ' g-h+H i'])
  expect(hunks(change(1, 3))).toEqual([' a-b+B c-d+D e'])
  expect(hunks(before)).toEqual([])
})
