/** What switching off gave back: looked up in the tables of the system before and after, never assumed. */
import { messageOf } from '../../protocol/errors.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { StopReport } from '../../protocol/control.ts'
import type { GpuBytes } from '../gpu/gpu_bytes.ts'
import { endProcess } from '../processes/end_process.ts'
import type { PortFreedom } from '../processes/free_port.ts'
import type { ProcessReader } from '../processes/process_reader.ts'
import type { ProcessRow } from '../processes/process_text.ts'
import { treeOf, treeRss, type TreeRss } from '../processes/process_tree.ts'

export interface StopWatchOptions {
  reader: ProcessReader
  /** GPU memory of processes by the newest reading. */
  gpuBytesOf(pids: readonly number[]): GpuBytes
  /** Resolves when the port can be had again, or was waited for long enough. */
  portFree(host: string, port: number): Promise<PortFreedom>
  /** Unix ms. */
  now(): number
}

/** What a leftover may take to end after SIGTERM, before it is killed. */
const LEFTOVER_MS = 1000

interface Before {
  rows: ProcessRow[]
  ram: TreeRss
  gpu: GpuBytes
}

export class StopWatch {
  private readonly options: StopWatchOptions
  private readonly begun = new Map<string, Promise<Before>>()

  constructor(options: StopWatchOptions) {
    this.options = options
  }

  /** Notes what the process and its descendants hold now; resolves when it is known. Never rejects. */
  async begin(id: string, { pid }: { pid: number | null }): Promise<void> {
    if (pid === null) return
    const looking = this.look(pid)
    this.begun.set(id, looking)
    await looking
  }

  /** To be called when the process has ended. null when it was not ours. Never rejects. */
  async finish(id: string, { host, port }: BackendConfig): Promise<StopReport | null> {
    const begun = this.begun.get(id)
    this.begun.delete(id)
    if (begun === undefined) return null
    const [{ rows, ram, gpu }, freedom] = await Promise.all([
      begun,
      this.options.portFree(host, port),
    ])
    // One that detached itself from its group outlives the kill of the group.
    for (const { pid, startTime } of await this.stillRunning(rows)) {
      await endProcess({ pid, startTime }, { reader: this.options.reader, graceMs: LEFTOVER_MS })
    }
    const leftover = (await this.stillRunning(rows)).map(({ pid }) => pid)
    const report = {
      time: this.options.now(),
      ram_bytes: ram.bytes,
      ram_reason: ram.reason,
      gpu_bytes: gpu.bytes,
      gpu_reason: gpu.reason,
      leftover_pids: leftover,
      port_free: freedom.isFree,
      port_reason: freedom.isFree ? null : freedom.reason,
    }
    return { ...report, sentence: sentenceOf(report, port) }
  }

  private async look(pid: number): Promise<Before> {
    const gpu = this.options.gpuBytesOf([pid])
    try {
      const table = await this.options.reader.table()
      const rows = treeOf(table, pid)
      return {
        rows,
        ram: await treeRss(this.options.reader, table, pid),
        gpu: rows.length > 1 ? this.options.gpuBytesOf(rows.map((row) => row.pid)) : gpu,
      }
    } catch (error) {
      return { rows: [], ram: { bytes: null, reason: messageOf(error) }, gpu }
    }
  }

  /** Of the same start: a pid may have been given to another program since. */
  private async stillRunning(rows: readonly ProcessRow[]): Promise<ProcessRow[]> {
    const states = await Promise.all(rows.map(({ pid }) => this.options.reader.stateOf(pid)))
    return rows.flatMap((row, index) => {
      const state = states[index]
      return state?.kind === 'running' && state.startTime === row.startTime ? [row] : []
    })
  }
}

const MEBIBYTE = 1024 ** 2
const mebibytes = (bytes: number) => `${Math.round(bytes / MEBIBYTE)} MiB`

function sentenceOf(report: Omit<StopReport, 'sentence'>, port: number): string {
  const { ram_bytes: ram, gpu_bytes: gpu, leftover_pids: leftover } = report
  const parts = [
    ram === null ? `RAM unknown (${report.ram_reason})` : `${mebibytes(ram)} RAM`,
    ...(gpu === null || gpu === 0 ? [] : [`${mebibytes(gpu)} GPU memory`]),
  ]
  const held = leftover.length === 0 ? '' : `; still running: pid ${leftover.join(', ')}`
  const about = report.port_free ? `port ${port} is free` : (report.port_reason ?? '')
  return `returned ${parts.join(' and ')}; ${about}${held}`
}
