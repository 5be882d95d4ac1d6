/** Text for a terminal: columns line up, and the words of others cannot steer it. */
import { describe, expect, it } from 'vitest'
import { columns, printable } from './table.ts'

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
})

describe('words of others', () => {
  it('cannot clear the screen, ring the bell or start a line', () => {
    expect(printable('\u001b[2Jgone\u0007\r\nnew\u009b1m')).toBe(
      '\\x1b[2Jgone\\x07\\x0d\\x0anew\\x9b1m',
    )
  })
  it('keep tabs and every letter', () => {
    expect(printable('\tläuft 你好 🙂')).toBe('\tläuft 你好 🙂')
  })
})
