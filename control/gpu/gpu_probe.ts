/** Reads the GPUs while somebody needs the reading. What is read, and how, is in the readers of the platforms. */
import { messageOf } from '../../protocol/errors.ts'
import type { GpuReading } from '../../protocol/gpu.ts'
import { Poll } from '../poll.ts'
import { createSystemIo, type GpuIo } from './gpu_io.ts'
import { createLinuxReader } from './linux_reader.ts'
import { createMacosReader } from './macos_reader.ts'
import type { ReadGpus } from './source_result.ts'
import { createWindowsReader } from './windows_reader.ts'

export interface GpuProbeOptions {
  platform: NodeJS.Platform
  /** The shortest pause between two readings, which never overlap; from 1000 ms. */
  intervalMs: number
  /** The pause now; null: nobody needs a reading, and none is taken until wake(). Default: `intervalMs`. */
  pauseMs?: () => number | null
  /** Unix milliseconds. */
  now: () => number
  onReading: (reading: GpuReading) => void
  /** What `onReading` has thrown. */
  onFault: (error: unknown) => void
  /** Processes of backends that run now. On Linux only these are looked into; nvidia-smi and Windows list all others too. */
  pids: () => readonly number[]
  /** The machine; another one in tests. */
  io?: GpuIo
  /** Folder of Windows, as %SystemRoot%. */
  systemRoot?: string
}

/** Below, the commands would cost more than what they measure. */
const INTERVAL_MS_MIN = 1000

export class GpuProbe {
  private readonly options: GpuProbeOptions
  private readonly read: ReadGpus
  private readonly poll: Poll
  private hasStarted = false

  /** @throws RangeError for an interval below a second */
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

  /** Takes the first reading now, so that it is known whether there is a GPU. Starting twice, or after close(), changes nothing. */
  start(): void {
    if (this.hasStarted) return
    this.hasStarted = true
    this.poll.runNow()
  }

  /** `pauseMs` may answer differently from now on. */
  wake(): void {
    if (this.hasStarted) this.poll.wake()
  }

  /** Ends the running command, if any. Once it resolves, nothing is read or reported any more. */
  close(): Promise<void> {
    return this.poll.close()
  }

  private async readOnce(signal: AbortSignal): Promise<void> {
    const found = await this.read(signal).catch(unreadable)
    // What a closing probe has read is the failure of commands that it ended itself.
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
      return async () => nothing(`no GPU is looked for on ${platform}: it has no source of values`)
  }
}

/** Sources report their failures themselves; what arrives here is a fault of a reader, and is told like one. */
const unreadable = (error: unknown) => nothing(`no GPU could be read: ${messageOf(error)}`)

const nothing = (reason: string): Omit<GpuReading, 'time'> => ({
  devices: [],
  processes: [],
  sources: [],
  unified_memory: null,
  no_gpu_reason: reason,
})
