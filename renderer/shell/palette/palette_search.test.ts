import { Square } from 'lucide-react'
import { describe, expect, test } from 'vitest'
import type { PaletteCommand } from './palette_commands.ts'
import { foundIn, grouped, questionOf } from './palette_search.ts'

const command = (words: string, backend: string | null): PaletteCommand => ({
  id: words,
  group: backend ?? 'Panel',
  backend,
  words,
  icon: Square,
  run: () => undefined,
})
const commands = [
  command('Restart emotion', 'emotion'),
  command('Stop emotion', 'emotion'),
  command('Stop all backends', null),
  command('Stop eeg', 'eeg'),
]
const wordsOf = (typed: string) => foundIn(commands, questionOf(typed)).map(({ words }) => words)

describe('what was typed', () => {
  test.each([
    ['emo', 'any', 'emo'],
    ['> theme', 'command', 'theme'],
    [' @eeg ', 'backend', 'eeg'],
    ['#req-1', 'request', 'req-1'],
    ['', 'any', ''],
  ])('%j asks for %s %j', (typed, kind, text) => {
    expect(questionOf(typed)).toEqual({ kind, text })
  })
})

describe('commands', () => {
  test('are found by letters that they contain in order', () => {
    expect(wordsOf('rest')).toEqual(['Restart emotion'])
    expect(wordsOf('stp eeg')[0]).toBe('Stop eeg')
    expect(wordsOf('zzz')).toEqual([])
  })
  test('match by words in any order', () => {
    expect(wordsOf('emo st')).toEqual(expect.arrayContaining(['Restart emotion', 'Stop emotion']))
    expect(wordsOf('emotion restart')[0]).toBe('Restart emotion')
    expect(wordsOf('emo zzz')).toEqual([])
  })
  test('that interrupt requests come last unless their own word is typed', () => {
    const all = [
      { ...command('Stop emotion', 'emotion'), isDisruptive: true as const },
      command('Overview of emotion', 'emotion'),
      command('Logs of emotion', 'emotion'),
    ]
    const found = (typed: string) => foundIn(all, questionOf(typed)).map(({ words }) => words)
    expect(found('emo').at(-1)).toBe('Stop emotion')
    expect(found('emo sto')[0]).toBe('Stop emotion')
  })
  test('of backends follow @, the others >', () => {
    expect(wordsOf('@stop')).toEqual(['Stop emotion', 'Stop eeg'])
    expect(wordsOf('>stop')).toEqual(['Stop all backends'])
    expect(wordsOf('#stop')).toEqual([])
  })
  test('all of a kind are there before a letter is typed', () => {
    expect(wordsOf('')).toHaveLength(4)
    expect(wordsOf('@')).toHaveLength(3)
  })
  test('stand under their headings in the order in which these come', () => {
    expect(grouped(commands).map(([group, { length }]) => [group, length])).toEqual([
      ['emotion', 2],
      ['Panel', 1],
      ['eeg', 1],
    ])
  })
})
