import fc from 'fast-check'
import { expect, it } from 'vitest'
import { regexProblem } from './regex_problem.ts'

it.each([
  [
    'abc)',
    'the regular expression "abc)" is not valid near character 4 of 4: Unmatched \')\'; correct it, or search for plain text',
  ],
  ['*x', 'near character 2 of 2: Nothing to repeat'],
  ['x**', 'near character 3 of 3: Nothing to repeat'],
  ['a(b', 'near character 3 of 3: Unterminated group'],
  ['[z-a]', 'near character 5 of 5: Range out of order in character class'],
  ['(?<n>a)(?<n>b)', 'Duplicate capture group name'],
])('%s', (pattern, message) => {
  expect(regexProblem(pattern)).toContain(message)
})

it('finds a fault exactly where the engine refuses, and names no place outside of the pattern', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|^$\\d,1-:<!') }), (pattern) => {
      let isRefused = false
      try {
        new RegExp(pattern)
      } catch {
        isRefused = true
      }
      const problem = regexProblem(pattern)
      expect(problem !== null).toBe(isRefused)
      if (problem === null) return
      const [, at, of] = /near character (\d+) of (\d+)/.exec(problem.slice(pattern.length)) ?? []
      expect(Number(at)).toBeGreaterThanOrEqual(1)
      expect(Number(at)).toBeLessThanOrEqual(Number(of))
    }),
    { numRuns: 2000 },
  )
})
