/** Verifies what a stop has released by comparing the system's tables before and after. */
import { saidBy } from '../../protocol/errors.ts'
import { asText, message, type Message } from '../../protocol/messages.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { StopReport } from '../../protocol/control.ts'
import type { GpuBytes } from '../gpu/gpu_bytes.ts'
import { endRows, type EndRowsOptions, type Survivor } from '../processes/end_rows.ts'
import type { PortFreedom } from '../processes/free_port.ts'
import type { ProcessReader } from '../processes/process_reader.ts'
import type { ProcessRow } from '../processes/process_text.ts'
import { treeOf, treeRss, type TreeRss } from '../processes/process_tree.ts'
import { MARK_VARIABLE, markOf } from '../processes/run_mark.ts'
import type { Kill } from '../processes/signals.ts'
import { MIB } from '../../protocol/bytes.ts'

export interface StopAuditOptions {
  reader: ProcessReader
  gpuBytesOf(pids: readonly number[]): GpuBytes
  portFree(host: string, port: number): Promise<PortFreedom>
  now(): number
  planeMark: string
  kill?: Kill
}

/** Time for an orphan of a crashed backend to exit after SIGTERM. */
const ORPHAN_GRACE_MS = 1000

interface Before {
  pid: number
  rows: ProcessRow[]
  ram: TreeRss
  gpu: GpuBytes
}

export interface Asked {
  graceMs: number
  /** The whole process group was signalled, not only its leader. */
  isGroup: boolean
}

export class StopAudit {
  private readonly options: StopAuditOptions
  private readonly begun = new Map<string, Promise<Before>>()
  private readonly marks = new Map<string, string>()
  private readonly sweeps = new Set<Promise<unknown>>()
  private readonly hurrying = new AbortController()
  private starts = 0

  constructor(options: StopAuditOptions) {
    this.options = options
  }

  /** For the environment of the backend's next process, to find its descendants. */
  markStart(id: string): Record<string, string> {
    const mark = markOf(this.options.planeMark, id, ++this.starts)
    this.marks.set(id, mark)
    return { [MARK_VARIABLE]: mark }
  }

  /** Records what the process and its descendants hold. Never rejects. */
  async begin(id: string, { pid }: { pid: number | null }): Promise<void> {
    if (pid === null) return
    const looking = this.look(pid)
    this.begun.set(id, looking)
    await looking
  }

  /** Call when the process has exited. null for an external one. Never rejects. */
  async finish(
    id: string,
    { host, port }: BackendConfig,
    asked: Asked = { graceMs: 0, isGroup: false },
  ): Promise<StopReport | null> {
    const begun = this.begun.get(id)
    this.begun.delete(id)
    if (begun === undefined) return null
    const { pid, rows, ram, gpu } = await begun
    // First what may hold the port.
    const survivors = await this.endOrphans({ id, pid, rows }, asked)
    const freedom = await this.options.portFree(host, port)
    const about = freedom.isFree ? message('stop.port_free', { port }) : freedom.reason
    return {
      time: this.options.now(),
      ram_bytes: ram.bytes,
      gpu_bytes: gpu.bytes,
      leftover_pids: survivors.map((survivor) => survivor.pid),
      port_free: freedom.isFree,
      ...asText({
        ram_reason: ram.reason,
        gpu_reason: gpu.reason,
        port_reason: freedom.isFree ? null : freedom.reason,
        sentence: survivors.reduce(
          (first, { said: second }) => message('clauses', { first, second }),
          message('stop.freed', { memory: memoryOf(ram, gpu), port: about }),
        ),
      }),
    }
  }

  /** After a crash. Calls `report` for each orphan that cannot be ended. */
  sweep(id: string, pid: number | null, report: (said: Message) => void): void {
    if (pid === null) return
    const asked = { graceMs: ORPHAN_GRACE_MS, isGroup: false }
    const sweeping = this.endOrphans({ id, pid, rows: [] }, asked)
      .then((survivors) => {
        for (const { said } of survivors) report(said)
      })
      .finally(() => {
        this.sweeps.delete(sweeping)
      })
    this.sweeps.add(sweeping)
  }

  hurry(): void {
    this.hurrying.abort()
  }

  /** Ends all orphans; calls `report` for those that cannot be ended. Never rejects. */
  async close(report: (said: Message) => void): Promise<void> {
    await Promise.all(this.sweeps)
    const rows = await this.options.reader.marked(this.options.planeMark)
    const survivors = await this.end(rows, { graceMs: ORPHAN_GRACE_MS })
    for (const { said } of survivors) report(said)
  }

  /** Finds orphans by process tree, group and mark. */
  private async endOrphans(
    { id, pid, rows }: { id: string; pid: number; rows: readonly ProcessRow[] },
    { graceMs, isGroup }: Asked,
  ): Promise<Survivor[]> {
    const { reader } = this.options
    const mark = this.marks.get(id)
    const [table, marked] = await Promise.all([
      reader.table().catch(() => []),
      mark === undefined ? [] : reader.marked(mark),
    ])
    // A pid is not reused while it is a group id: its new owner leads another group.
    const isReused = table.some((row) => row.pid === pid)
    const group = isReused ? [] : table.filter(({ groupId }) => groupId === pid)
    const found = new Map([...rows, ...group, ...marked].map((row) => [row.pid, row]))
    found.delete(process.pid)
    return this.end([...found.values()], {
      graceMs,
      wasAsked: ({ groupId }) => isGroup && groupId === pid,
    })
  }

  private end(
    rows: readonly ProcessRow[],
    options: Pick<EndRowsOptions, 'graceMs' | 'wasAsked'>,
  ): Promise<Survivor[]> {
    const { reader, kill } = this.options
    const others = rows.filter(({ pid }) => pid !== process.pid)
    return endRows(others, { ...options, reader, kill, hurry: this.hurrying.signal })
  }

  private async look(pid: number): Promise<Before> {
    const gpu = this.options.gpuBytesOf([pid])
    try {
      const table = await this.options.reader.table()
      const rows = treeOf(table, pid)
      return {
        pid,
        rows,
        ram: await treeRss(this.options.reader, table, pid),
        gpu: rows.length > 1 ? this.options.gpuBytesOf(rows.map((row) => row.pid)) : gpu,
      }
    } catch (error) {
      return { pid, rows: [], ram: { bytes: null, reason: saidBy(error) }, gpu }
    }
  }
}

const mebibytes = (bytes: number) => `${Math.round(bytes / MIB)} MiB`

function memoryOf(ram: TreeRss, { bytes: gpu }: GpuBytes): Message {
  const first =
    ram.bytes === null
      ? message('stop.ram_unknown', { reason: ram.reason })
      : message('stop.ram', { size: mebibytes(ram.bytes) })
  if (gpu === null || gpu === 0) return first
  return message('both', { first, second: message('stop.gpu', { size: mebibytes(gpu) }) })
}
