export interface Point {
  x: number
  y: number | null
}

export function linePath(points: readonly Point[]): string {
  return stretches(points)
    .map((stretch) => `M${stretch.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}`)
    .join('')
}

export function areaPath(points: readonly Point[], bottom: number): string {
  return stretches(points)
    .map((stretch) => {
      const line = stretch.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')
      const [first, last] = [stretch[0]?.[0] ?? 0, stretch.at(-1)?.[0] ?? 0]
      return `M${line}L${round(last)} ${bottom}L${round(first)} ${bottom}Z`
    })
    .join('')
}

function stretches(points: readonly Point[]): [number, number][][] {
  const found: [number, number][][] = [[]]
  for (const { x, y } of points) {
    if (y === null) found.push([])
    else found.at(-1)?.push([x, y])
  }
  return found.filter((stretch) => stretch.length > 0)
}

function round(value: number): string {
  return value.toFixed(1)
}
