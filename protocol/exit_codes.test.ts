import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeExit, EXIT_CODES, meaningOfExit } from './exit_codes.ts'

const textOf = (...end: Parameters<typeof describeExit>) => describeExit(...end).message

describe('an end in words', () => {
  it.each([
    [0, null, 'exit code 0: ended by itself', null],
    [3, null, 'exit code 3: could not load its model', null],
    [42, null, 'exit code 42', null],
    [126, null, 'exit code 126: the program was found and cannot be executed', null],
    [127, null, /^exit code 127: .*not found$/, null],
    [134, null, 'exit code 134: SIGABRT, native code aborted', 'abort'],
    [137, null, 'exit code 137: SIGKILL', 'killed'],
    [139, null, /^exit code 139: SIGSEGV, /, 'memory_access'],
    [null, 'SIGILL', /^ended by signal SIGILL: .*instruction/, 'illegal_instruction'],
    [null, 'SIGRTMIN', 'ended by signal SIGRTMIN', 'other'],
    [null, null, 'ended without an exit code', null],
    [0xc000_0005, null, /^exit code 0xC0000005: .*\(STATUS_ACCESS_VIOLATION\)$/, 'memory_access'],
    [0xc000_0409, null, /^exit code 0xC0000409: .*\(STATUS_STACK_BUFFER_OVERRUN\)$/, 'abort'],
    [0xc000_0135, null, /^exit code 0xC0000135: a DLL was not found/, 'library_missing'],
    [0xc0ff_ee00, null, 'exit code 0xC0FFEE00', 'other'],
  ] as const)('code %s, signal %s', (code, signal, words, fault) => {
    const meaning = meaningOfExit(code, signal)
    expect(meaning.words.message).toMatch(words)
    expect(meaning.fault).toBe(fault)
    if (typeof words === 'string') expect(textOf(code, signal)).toBe(words)
  })

  it('a Windows status that came as a negative number is the same status', () => {
    expect(textOf(-1_073_741_819, null)).toBe(textOf(0xc000_0005, null))
  })

  it('the codes 1 to 4 of a foreign program mean what it wants', () => {
    for (const code of [1, 2, 3, 4]) {
      expect(textOf(code, null, 'foreign')).toBe(`exit code ${code}`)
    }
    expect(textOf(127, null, 'foreign')).toMatch(/not found/)
  })

  it('every Switchyard code has a description', () => {
    for (const code of Object.values(EXIT_CODES)) {
      expect(textOf(code, null)).toMatch(/^exit code \d: \w/)
    }
  })

  it('no code is left without words', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), (code) => {
        expect(textOf(code, null)).toMatch(/^exit code (-?\d+|0x[0-9A-F]{8})(: .+)?$/)
      }),
    )
  })
})
