/** Requests of the raw program, shared with its callers. */
import type { Expected } from './load_plan.ts'
import type { LatencyCounts } from './histogram.ts'

export interface RawSettings {
  rootDir: string
  threads: number
  batchSizeMax: number
}

export interface Work {
  pictures: Uint8Array[]
  windowMs: number
  imagesMin?: number
}

/** Images by batch size. */
export type BatchMix = Record<number, number>

export interface RawCommands {
  open(settings: RawSettings): Promise<void>
  expected(pictures: Uint8Array[]): Promise<Expected[]>
  serial(work: Work): Promise<{
    latency: LatencyCounts
    perSecond: number
    coreSecondsPerImage: number
  }>
  chain(work: Work): Promise<{ wholeMs: number; runsMs: number }[]>
  decodeOnly(work: Work & { concurrency: number }): Promise<{ perSecond: number }>
  sessionOnly(
    work: Work & { batch: number },
  ): Promise<{ perSecond: number; coreSecondsPerImage: number }>
  inferMix(work: Work & { mix: BatchMix }): Promise<{ perSecond: number }>
  metricsCost(given: { repeats: number }): Promise<{ microseconds: number[] }>
}
