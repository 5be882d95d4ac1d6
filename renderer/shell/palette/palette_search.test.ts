import { Square } from 'lucide-react'
import { describe, expect, test } from 'vitest'
import type { PaletteCommand } from './palette_commands.ts'
import { foundIn, grouped, questionOf } from './palette_search.ts'

const command = (label: string, backend: string | null): PaletteCommand => ({
  id: label,
  group: backend ?? 'Panel',
  backend,
  label,
  icon: Square,
  run: () => undefined,
})
const commands = [
  command('Restart emotion', 'emotion'),
  command('Stop emotion', 'emotion'),
  command('Stop all backends', null),
  command('Stop eeg', 'eeg'),
]
const labelsOf = (typed: string) => foundIn(commands, questionOf(typed)).map(({ label }) => label)

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
    expect(labelsOf('rest')).toEqual(['Restart emotion'])
    expect(labelsOf('stp eeg')[0]).toBe('Stop eeg')
    expect(labelsOf('zzz')).toEqual([])
  })
  test('match by words in any order', () => {
    expect(labelsOf('emo st')).toEqual(expect.arrayContaining(['Restart emotion', 'Stop emotion']))
    expect(labelsOf('emotion restart')[0]).toBe('Restart emotion')
    expect(labelsOf('emo zzz')).toEqual([])
  })
  test('that interrupt requests come last unless their own word is typed', () => {
    const all = [
      { ...command('Stop emotion', 'emotion'), isDisruptive: true as const },
      command('Overview of emotion', 'emotion'),
      command('Logs of emotion', 'emotion'),
    ]
    const found = (typed: string) => foundIn(all, questionOf(typed)).map(({ label }) => label)
    expect(found('emo').at(-1)).toBe('Stop emotion')
    expect(found('emo sto')[0]).toBe('Stop emotion')
  })
  test('of backends follow @, the others >', () => {
    expect(labelsOf('@stop')).toEqual(['Stop emotion', 'Stop eeg'])
    expect(labelsOf('>stop')).toEqual(['Stop all backends'])
    expect(labelsOf('#stop')).toEqual([])
  })
  test('all of a kind are there before a letter is typed', () => {
    expect(labelsOf('')).toHaveLength(4)
    expect(labelsOf('@')).toHaveLength(3)
  })
  test('stand under their headings in the order in which these come', () => {
    expect(grouped(commands).map(([group, { length }]) => [group, length])).toEqual([
      ['emotion', 2],
      ['Panel', 1],
      ['eeg', 1],
    ])
  })
})
