/** Detects growth of memory or handles, from samples after the process has settled. */
import { format } from './row.ts'
import { slopeOf, type Slope } from './statistics.ts'

export interface UsageSample {
  minutes: number
  rssMiB: number
  handles: number
}

export interface GrowthLimits {
  rssMiBPerMinute: number
  handlesPerMinute: number
}

/** Prints slopes and verdict. True if something grows. */
export function judgeGrowth(settled: readonly UsageSample[], limits: GrowthLimits): boolean {
  const rss = slopeOf(settled.map((one) => ({ x: one.minutes, y: one.rssMiB })))
  const handles = slopeOf(settled.map((one) => ({ x: one.minutes, y: one.handles })))
  const grows = [
    verdict('resident memory', 'MiB/min', rss, limits.rssMiBPerMinute),
    verdict('open handles', '/min', handles, limits.handlesPerMinute),
  ]
  return grows.includes(true)
}

/** Grows: even the lower end of the interval is above the limit. */
function verdict(what: string, unit: string, slope: Slope, limit: number): boolean {
  const lower = slope.value - slope.halfWidth
  const upper = slope.value + slope.halfWidth
  const isGrowing = lower > limit
  const words = isGrowing
    ? 'GROWS'
    : upper <= limit
      ? 'steady'
      : 'no growth shown; too short or too noisy to rule it out'
  console.log(
    `${what}: ${format(slope.value)} ${unit} (95 %: ${format(lower)} … ${format(upper)}), limit ${limit}: ${words}`,
  )
  return isGrowing
}
