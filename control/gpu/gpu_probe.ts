import { saidBy } from '../../protocol/errors.ts'
import type { GpuReading } from '../../protocol/gpu.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { Poll } from '../poll.ts'
import { createSystemIo, type GpuIo } from './gpu_io.ts'
import { createLinuxReader } from './linux_reader.ts'
import { createMacosReader } from './macos_reader.ts'
import type { ReadGpus } from './source_result.ts'
import { createWindowsReader } from './windows_reader.ts'

export interface GpuProbeOptions {
  platform: NodeJS.Platform
  /** Minimum pause between two readings, which never overlap; at least 1000 ms. */
  intervalMs: number
  /** Current pause; null pauses the readings until wake(). Default: `intervalMs`. */
  pauseMs?: () => number | null
  now: () => number
  onReading: (reading: GpuReading) => void
  /** Receives errors thrown by `onReading`. */
  onFault: (error: unknown) => void
  /** Processes of running backends. On Linux only these are inspected; nvidia-smi and Windows list all others too. */
  pids: () => readonly number[]
  io?: GpuIo
  systemRoot?: string
}

/** Below, the commands would cost more than they measure. */
const INTERVAL_MS_MIN = 1000

export class GpuProbe {
  private readonly options: GpuProbeOptions
  private readonly read: ReadGpus
  private readonly poll: Poll
  private hasStarted = false

  /** Throws RangeError for an interval below a second. */
  constructor(options: GpuProbeOptions) {
    if (!(options.intervalMs >= INTERVAL_MS_MIN)) {
      throw new RangeError(
        `intervalMs ${options.intervalMs} is below ${INTERVAL_MS_MIN} ms; use 5000 or so`,
      )
    }
    this.options = options
    this.read = readerOf(options)
    this.poll = new Poll({
      run: (signal) => this.readOnce(signal),
      onFault: options.onFault,
      pauseMs: options.pauseMs ?? (() => options.intervalMs),
    })
  }

  /** Takes the first reading immediately, to detect whether there is a GPU. Idempotent, and ignored after close(). */
  start(): void {
    if (this.hasStarted) return
    this.hasStarted = true
    this.poll.runNow()
  }

  wake(): void {
    if (this.hasStarted) this.poll.wake()
  }

  /** Kills a running command. Nothing is read or reported once it resolves. */
  close(): Promise<void> {
    return this.poll.close()
  }

  private async readOnce(signal: AbortSignal): Promise<void> {
    const found = await this.read(signal).catch(unreadable)
    // A reading at shutdown only shows the commands that it aborted.
    if (signal.aborted) return
    this.options.onReading({ time: this.options.now(), ...found })
  }
}

function readerOf({ platform, intervalMs, pids, systemRoot, io }: GpuProbeOptions): ReadGpus {
  const machine = io ?? createSystemIo()
  switch (platform) {
    case 'linux':
      return createLinuxReader(machine, intervalMs, pids)
    case 'win32':
      return createWindowsReader(machine, intervalMs, systemRoot ?? 'C:\\Windows')
    case 'darwin':
      return createMacosReader(machine, intervalMs)
    default:
      return async () => nothing(message('gpu.unsupported', { system: platform }))
  }
}

/** Sources report their own failures; only a bug in a reader arrives here. */
const unreadable = (error: unknown) => nothing(message('gpu.none_read', { reason: saidBy(error) }))

const nothing = (reason: Message): Omit<GpuReading, 'time'> => ({
  devices: [],
  processes: [],
  sources: [],
  unified_memory: null,
  no_gpu_reason: reason,
})
