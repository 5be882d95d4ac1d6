import fc from 'fast-check'
import { expect, it } from 'vitest'
import { regexProblem } from './regex_problem.ts'

it.each([
  [
    'abc)',
    'the regular expression "abc)" is not valid: Unmatched \')\'; correct it, or search for plain text',
  ],
  ['*x', 'not valid: Nothing to repeat'],
  ['x**', 'not valid: Nothing to repeat'],
  ['a(b', 'not valid: Unterminated group'],
  ['[z-a]', 'not valid: Range out of order in character class'],
  ['(?<n>a)(?<n>b)', 'Duplicate capture group name'],
])('%s', (pattern, text) => {
  expect(regexProblem(pattern)?.message).toContain(text)
})

it('finds a fault exactly where the engine refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|^$\\d,1-:<!') }), (pattern) => {
      let isRefused = false
      try {
        new RegExp(pattern)
      } catch {
        isRefused = true
      }
      expect(regexProblem(pattern) !== null).toBe(isRefused)
    }),
    { numRuns: 2000 },
  )
})
