/** Tracks child PIDs on disk and kills orphans left by a crashed control plane. Failures are logged, never fatal. */
import { messageOf } from '../../protocol/errors.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import { endOrphans } from './orphans.ts'
import { PidFile } from './pid_file.ts'
import type { ProcessReader } from './process_reader.ts'

export interface ProcessTrackerOptions {
  folder: string
  reader: ProcessReader
  mark?: string
  now(): number
  logs: { say(level: LogLevel, message: string): void }
}

export class ProcessTracker {
  private readonly options: ProcessTrackerOptions
  private pidFile: PidFile | null = null

  constructor(options: ProcessTrackerOptions) {
    this.options = options
  }

  /** Await it before the first start, since an orphan may hold a port. Never rejects. */
  async open(): Promise<void> {
    const { folder, reader, mark, now, logs } = this.options
    for (const sentence of await endOrphans({ folder, reader, now })) logs.say('warn', sentence)
    try {
      this.pidFile = await PidFile.open({ folder, reader, mark })
    } catch (error) {
      this.warn('no pid file is kept', error)
    }
  }

  note(pid: number, backend: string): void {
    this.pidFile?.note({ pid, backend, command: `backend ${backend}` }).catch((error: unknown) => {
      this.warn(`pid ${pid} is not in the pid file`, error)
    })
  }

  forget(pid: number): void {
    this.pidFile?.forget(pid).catch((error: unknown) => {
      this.warn(`pid ${pid} remains in the pid file`, error)
    })
  }

  async close(): Promise<void> {
    await this.pidFile?.settled()
  }

  private warn(what: string, error: unknown): void {
    const reason = messageOf(error)
    this.options.logs.say('warn', `${what}: ${reason}`)
  }
}
