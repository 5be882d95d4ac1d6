/** Keeps the ledger of our children and clears up after a control plane that crashed. Faults are said, and stop nothing. */
import { messageOf } from '../../protocol/errors.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import { endLeftovers } from './leftovers.ts'
import { ProcessLedger } from './process_ledger.ts'
import type { ProcessReader } from './process_reader.ts'

export interface HouseholdOptions {
  folder: string
  reader: ProcessReader
  /** See run_mark.ts. */
  mark?: string
  /** Unix ms. */
  now(): number
  logs: { say(level: LogLevel, message: string): void }
}

export class Household {
  private readonly options: HouseholdOptions
  private ledger: ProcessLedger | null = null

  constructor(options: HouseholdOptions) {
    this.options = options
  }

  /** To be awaited before the first start: a leftover may hold a port. Never rejects. */
  async open(): Promise<void> {
    const { folder, reader, mark, now, logs } = this.options
    for (const sentence of await endLeftovers({ folder, reader, now })) logs.say('warn', sentence)
    try {
      this.ledger = await ProcessLedger.open({ folder, reader, mark })
    } catch (error) {
      this.warn('no ledger of processes is kept', error)
    }
  }

  note(pid: number, backend: string): void {
    this.ledger?.note({ pid, backend, command: `backend ${backend}` }).catch((error: unknown) => {
      this.warn(`pid ${pid} is not in the ledger of processes`, error)
    })
  }

  forget(pid: number): void {
    this.ledger?.forget(pid).catch((error: unknown) => {
      this.warn(`pid ${pid} stays in the ledger of processes`, error)
    })
  }

  async close(): Promise<void> {
    await this.ledger?.settled()
  }

  private warn(what: string, error: unknown): void {
    const reason = messageOf(error)
    this.options.logs.say('warn', `${what}: ${reason}`)
  }
}
