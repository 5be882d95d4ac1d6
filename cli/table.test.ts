import { describe, expect, it } from 'vitest'
import { columns } from './table.ts'

describe('columns', () => {
  it('are as wide as their widest cell, and end without blanks', () => {
    expect(
      columns([
        ['NAME', 'WHAT'],
        ['a', 'x'],
        ['longer', ''],
      ]),
    ).toBe('NAME    WHAT\na       x\nlonger\n')
  })

  it('show a control character of any cell by its number', () => {
    expect(
      columns([
        ['emotion', '\u001b]0;title\u0007CPU', 'x'],
        ['eeg', 'a\n12:00:00 ERROR b', 'y'],
      ]),
    ).toBe('emotion  \\x1b]0;title\\x07CPU    x\neeg      a\\x0a12:00:00 ERROR b  y\n')
  })
})
