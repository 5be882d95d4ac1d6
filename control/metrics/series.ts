import type { MetricsPoint } from '../../protocol/metrics.ts'
import { Cell } from './cell.ts'
import { emptyPoint, pointOf } from './point.ts'
import type { Step } from './ring.ts'

/** Oldest first. Each gap, including one at `endMs`, starts with a point of nulls, so that a chart interrupts its line. */
export function pointsOf(steps: readonly Step[], stepMs: number, endMs: number): MetricsPoint[] {
  const points: MetricsPoint[] = []
  let next: number | null = null
  for (const { number, cell } of steps) {
    // A late reading covers earlier steps too; those are not a gap.
    const coveredSteps = Math.max(1, Math.ceil(cell.measure('covered_ms') / stepMs))
    if (next !== null && next <= number - coveredSteps) {
      points.push(emptyPoint(next * stepMs, stepMs))
    }
    points.push(pointOf(cell, number * stepMs, stepMs))
    next = number + 1
  }
  const last = Math.floor(endMs / stepMs)
  // The last two steps may still be incomplete.
  if (next !== null && next < last - 1) points.push(emptyPoint(next * stepMs, stepMs))
  return points
}

/** null without steps. */
export function summaryOf(
  steps: readonly Step[],
  fromMs: number,
  durationMs: number,
): MetricsPoint | null {
  if (steps.length === 0) return null
  const whole = new Cell()
  for (const { cell } of steps) whole.merge(cell)
  return pointOf(whole, fromMs, durationMs)
}

export function mergeBeside(series: readonly Step[][]): Step[] {
  const [only = []] = series
  if (series.length <= 1) return only
  const merged = new Map<number, Cell>()
  for (const { number, cell } of series.flat()) {
    const sum = merged.get(number) ?? new Cell()
    sum.mergeBeside(cell)
    merged.set(number, sum)
  }
  return [...merged].map(([number, cell]) => ({ number, cell })).sort((a, b) => a.number - b.number)
}
