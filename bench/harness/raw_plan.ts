/** What the raw program can be asked to do. Shared by the program and those who call it. */
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
  /** The window goes on until this much is done. */
  imagesMin?: number
}

/** Images by the size of the batch that they ran in. */
export type BatchMix = Record<number, number>

export interface RawCommands {
  open(settings: RawSettings): Promise<void>
  expected(pictures: Uint8Array[]): Promise<Expected[]>
  serial(work: Work): Promise<{
    latency: LatencyCounts
    perSecond: number
    coreSecondsPerImage: number
  }>
  decodeOnly(work: Work & { concurrency: number }): Promise<{ perSecond: number }>
  sessionOnly(
    work: Work & { batch: number },
  ): Promise<{ perSecond: number; coreSecondsPerImage: number }>
  inferMix(work: Work & { mix: BatchMix }): Promise<{ perSecond: number }>
  metricsCost(given: { repeats: number }): Promise<{ microseconds: number[] }>
}
