/** Small dense symmetric matrices, row-major: eigenvalues, logarithm, linear systems. */

export interface Eigen {
  values: Float64Array
  /** Column j, `vectors[row * n + j]`, belongs to `values[j]`. */
  vectors: Float64Array
}

/** Convergence is quadratic: 14 x 14 takes about seven sweeps. */
const SWEEPS_MAX = 60

/** Cyclic Jacobi rotations (Golub & Van Loan, section 8.5). */
export function eigenSymmetric(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice()
  const vectors = identity(n)
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    if (offDiagonal(a, n) <= 1e-28 * squares(a)) break
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q)
    }
  }
  return { values: Float64Array.from({ length: n }, (_, at) => a[at * n + at] as number), vectors }
}

/** Makes `a[p][q]` zero and accumulates the rotation in `vectors`. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q] as number
  if (apq === 0) return
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s)
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s)
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q, c, s)
}

function turn(values: Float64Array, i: number, j: number, c: number, s: number): void {
  const x = values[i] as number
  const y = values[j] as number
  values[i] = c * x - s * y
  values[j] = s * x + c * y
}

/** Logarithm of a symmetric positive definite matrix. Throws if an eigenvalue is not positive. */
export function logSymmetric(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = eigenSymmetric(matrix, n)
  const logs = values.map((value) => {
    if (!(value > 0)) throw new Error(`a matrix with eigenvalue ${value} has no logarithm`)
    return Math.log(value)
  })
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0
      for (let k = 0; k < n; k++) {
        sum += (vectors[i * n + k] as number) * (logs[k] as number) * (vectors[j * n + k] as number)
      }
      out[i * n + j] = sum
      out[j * n + i] = sum
    }
  }
  return out
}

/** Solves `matrix x = right` for a symmetric positive definite matrix by Cholesky factorisation. */
export function solvePositive(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] as number
      for (let k = 0; k < j; k++) {
        sum -= (lower[i * n + k] as number) * (lower[j * n + k] as number)
      }
      if (i === j && !(sum > 0)) throw new Error('the matrix to solve is not positive definite')
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * n + j] as number)
    }
  }
  const x = right.slice()
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++)
      x[i] = (x[i] as number) - (lower[i * n + k] as number) * (x[k] as number)
    x[i] = (x[i] as number) / (lower[i * n + i] as number)
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) {
      x[i] = (x[i] as number) - (lower[k * n + i] as number) * (x[k] as number)
    }
    x[i] = (x[i] as number) / (lower[i * n + i] as number)
  }
  return x
}

export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n)
  for (let at = 0; at < n; at++) out[at * n + at] = 1
  return out
}

function squares(a: Float64Array): number {
  return a.reduce((sum, value) => sum + value * value, 0)
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) if (i !== j) sum += (a[i * n + j] as number) ** 2
  }
  return sum
}
