/** Everything that a measurement needs: load generator, raw path, pictures, durations. */
import { availableParallelism } from 'node:os'
import { ROOT_DIR } from '../../testing/processes.ts'
import { bundlePrograms, programFile } from './bundle.ts'
import { percentileOf } from './histogram.ts'
import type { ClosedPlan, LoadCommands, LoadReport, OpenPlan, Target } from './load_plan.ts'
import { makePictures, type Pictures } from './pictures.ts'
import type { RawCommands } from './raw_plan.ts'
import { Remote } from './remote.ts'
import type { ServerProcess } from './server_process.ts'

/** Above this, the generator itself may be the bottleneck. */
const GENERATOR_CPU_MAX = 0.8
/** Batch sizes to try for the best one. */
export const BATCH_SIZE_MAX = 8

export interface Capacity {
  clients: number
  perSecond: number
  /** Every step of the sweep. */
  sweep: { clients: number; perSecond: number; p50: number; p99: number }[]
}

export class Harness {
  readonly isQuick: boolean
  readonly cores = availableParallelism()
  readonly load: Remote<LoadCommands>
  readonly prober: Remote<LoadCommands>
  readonly raw: Remote<RawCommands>
  readonly pictures: Pictures
  /** Why a run does not count, or what a reply got wrong. Printed with the results. */
  readonly faults: string[] = []
  private measuredCapacity: Capacity | null = null

  private constructor(
    isQuick: boolean,
    programs: {
      load: Remote<LoadCommands>
      prober: Remote<LoadCommands>
      raw: Remote<RawCommands>
    },
    pictures: Pictures,
  ) {
    this.isQuick = isQuick
    this.load = programs.load
    this.prober = programs.prober
    this.raw = programs.raw
    this.pictures = pictures
  }

  static async open(isQuick: boolean): Promise<Harness> {
    await bundlePrograms()
    const programs = {
      load: new Remote<LoadCommands>(programFile('load')),
      prober: new Remote<LoadCommands>(programFile('load')),
      raw: new Remote<RawCommands>(programFile('raw')),
    }
    await programs.raw.call('open', {
      rootDir: ROOT_DIR,
      threads: availableParallelism(),
      batchSizeMax: BATCH_SIZE_MAX,
    })
    return new Harness(isQuick, programs, await makePictures(programs.raw))
  }

  get rounds(): number {
    return this.isQuick ? 3 : 7
  }

  /** Window length or reply count: the first for `--quick`. */
  either(quick: number, thorough: number): number {
    return this.isQuick ? quick : thorough
  }

  /** The small pictures as JSON text. */
  target(url: string, changes: Partial<Target> = {}): Target {
    return { url, form: 'text', replies: 'inference', pictures: this.pictures.small, ...changes }
  }

  async closed(plan: Omit<ClosedPlan, 'warmUp'> & { isWarm?: boolean }): Promise<LoadReport> {
    const { isWarm = false, ...rest } = plan
    const warmUp = isWarm
      ? null
      : { windowMs: this.either(500, 1000), windowsMax: this.either(4, 12) }
    return this.judged(
      await this.load.call('closed', { ...rest, warmUp }),
      `${plan.clients} clients`,
    )
  }

  async open(plan: OpenPlan): Promise<LoadReport> {
    return this.judged(
      await this.load.call('open', plan),
      `${plan.perSecond.toFixed(1)} requests/s`,
    )
  }

  /** Images/s of a default backend over 1..256 clients; measured once. */
  async capacity(server: ServerProcess): Promise<Capacity> {
    if (this.measuredCapacity !== null) return this.measuredCapacity
    const counts = this.isQuick ? [1, 2, 4, 16, 64] : [1, 2, 4, 8, 16, 32, 64, 128, 256]
    const sweep: Capacity['sweep'] = []
    for (const clients of counts) {
      const { perSecond, latency } = await this.closed({
        target: this.target(server.url),
        clients,
        windowMs: this.either(1500, 4000),
      })
      const [p50, p99] = [percentileOf([latency], 0.5), percentileOf([latency], 0.99)]
      sweep.push({ clients, perSecond, p50, p99 })
    }
    const best = sweep.reduce((a, b) => (b.perSecond > a.perSecond ? b : a))
    this.measuredCapacity = { clients: best.clients, perSecond: best.perSecond, sweep }
    return this.measuredCapacity
  }

  async close(): Promise<void> {
    await Promise.all([this.load.close(), this.prober.close(), this.raw.close()])
  }

  private judged(report: LoadReport, what: string): LoadReport {
    const { cpuShare, mismatches } = report
    if (cpuShare > GENERATOR_CPU_MAX) {
      this.faults.push(
        `invalid: the generator used ${(cpuShare * 100).toFixed(0)} % of a core (${what})`,
      )
    }
    for (const mismatch of mismatches) this.faults.push(`wrong reply (${what}): ${mismatch}`)
    return report
  }
}

/** Runs `use` with a server and always stops it afterwards. */
export async function withServer<T>(
  starting: Promise<ServerProcess>,
  use: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await starting
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

export const percentile = (report: Pick<LoadReport, 'latency'>, share: number) =>
  percentileOf([report.latency], share)

export const mergedPercentile = (reports: readonly Pick<LoadReport, 'latency'>[], share: number) =>
  percentileOf(
    reports.map(({ latency }) => latency),
    share,
  )
