import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eigenSymmetric, identity, logSymmetric, solvePositive } from './dsp_matrix.ts'
import { noise } from './testing/signals.ts'

const N = 14

function positive(n: number, seed: number): Float64Array {
  const a = noise(n * n, seed)
  return multiply(a, transposed(a, n), n).map((value, at) => value + (at % (n + 1) === 0 ? 0.1 : 0))
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let k = 0; k < n; k++) sum += (a[i * n + k] as number) * (b[k * n + j] as number)
    return sum
  })
}

const transposed = (a: Float64Array, n: number) =>
  a.map((_, at) => a[(at % n) * n + Math.floor(at / n)] as number)

/** Exponential by scaling, squaring and power series, independent of the tested eigenvalues. */
function exponential(matrix: Float64Array, n: number): Float64Array {
  const squarings = 12
  const small = matrix.map((value) => value / 2 ** squarings)
  let [term, sum] = [identity(n), identity(n)]
  for (let k = 1; k < 20; k++) {
    term = multiply(term, small, n).map((value) => value / k)
    const add = term
    sum = sum.map((value, at) => value + (add[at] as number))
  }
  for (let k = 0; k < squarings; k++) sum = multiply(sum, sum, n)
  return sum
}

function worst(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0)
}

describe('eigenSymmetric', () => {
  test('takes a matrix apart and the parts make it again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: N }), fc.nat(), (n, seed) => {
        const matrix = positive(n, seed)
        const { values, vectors } = eigenSymmetric(matrix, n)
        const scaled = vectors.map((value, at) => value * (values[at % n] as number))
        expect(worst(multiply(scaled, transposed(vectors, n), n), matrix)).toBeLessThan(1e-10)
        expect(worst(multiply(vectors, transposed(vectors, n), n), identity(n))).toBeLessThan(1e-12)
      }),
      { numRuns: 60 },
    )
  })

  test('knows the values of a matrix of ones, where all but one are equal', () => {
    const { values } = eigenSymmetric(new Float64Array(16).fill(1), 4)
    expect(
      [...values].sort((a, b) => a - b).map((value) => Math.round(value * 1e9) / 1e9 + 0),
    ).toEqual([0, 0, 0, 4])
  })

  test('leaves a diagonal matrix alone, zeros included', () => {
    const diagonal = Float64Array.from([3, 0, 0, 0, 0, 0, 0, 0, -2])
    expect([...eigenSymmetric(diagonal, 3).values]).toEqual([3, 0, -2])
  })
})

describe('logSymmetric', () => {
  test('is undone by the exponential', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const matrix = positive(N, seed)
      const back = exponential(logSymmetric(matrix, N), N)
      expect(worst(back, matrix) / Math.max(...matrix)).toBeLessThan(1e-8)
    }
  })

  test('of a diagonal matrix is the logarithm of each entry', () => {
    expect([...logSymmetric(Float64Array.from([Math.E, 0, 0, 1]), 2)]).toEqual([1, 0, 0, 0])
  })

  test('of the inverse is the negative', () => {
    const matrix = positive(4, 9)
    const inverse = new Float64Array(16)
    for (let j = 0; j < 4; j++) {
      const unit = Float64Array.from({ length: 4 }, (_, at) => (at === j ? 1 : 0))
      solvePositive(matrix, unit).forEach((value, i) => (inverse[i * 4 + j] = value))
    }
    const sum = logSymmetric(inverse, 4).map(
      (value, at) => value + (logSymmetric(matrix, 4)[at] as number),
    )
    expect(worst(sum, new Float64Array(16))).toBeLessThan(1e-9)
  })

  test('of a matrix that is not positive is refused', () => {
    expect(() => logSymmetric(Float64Array.from([1, 0, 0, 0]), 2)).toThrow('eigenvalue 0')
    expect(() => logSymmetric(Float64Array.from([1, 2, 2, 1]), 2)).toThrow('eigenvalue -')
  })
})

describe('solvePositive', () => {
  test('finds what was multiplied', () => {
    const matrix = positive(N, 4)
    const x = noise(N, 5)
    const right = Float64Array.from({ length: N }, (_, i) =>
      x.reduce((sum, value, j) => sum + (matrix[i * N + j] as number) * value, 0),
    )
    expect(worst(solvePositive(matrix, right), x)).toBeLessThan(1e-9)
  })

  test('refuses a matrix that is not positive definite', () => {
    expect(() => solvePositive(new Float64Array(4), new Float64Array(2))).toThrow(
      'not positive definite',
    )
  })
})
