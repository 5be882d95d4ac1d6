/** Checks whether a program that does not answer after its start listens on another port than configured. */
import { Timer } from '../../protocol/disposables.ts'

import { message, type Message } from '../../protocol/messages.ts'

/** An interpreter with a large framework takes that long before it listens. */
const FIRST_LOOK_MS = 5000
/** A crash card only considers lines of its last minute. */
const NEXT_LOOK_MS = 30_000

interface Starting {
  isSilent(): boolean
  port: number
}

export class WrongPortWatch {
  private readonly listeningPortsOf: (pid: number) => Promise<number[] | null>
  private readonly timers = new Map<string, Timer>()

  /** `listeningPortsOf` includes descendants; null: unknown. */
  constructor(listeningPortsOf: (pid: number) => Promise<number[] | null>) {
    this.listeningPortsOf = listeningPortsOf
  }

  /** Calls `onFound` with a clause for as long as the program listens elsewhere alone. */
  started(id: string, pid: number, program: Starting, onFound: (said: Message) => void): void {
    this.ended(id)
    const timer = new Timer()
    this.timers.set(id, timer)
    const look = async () => {
      const ports = program.isSilent() ? await this.listeningPortsOf(pid).catch(() => null) : null
      if (this.timers.get(id) !== timer || !program.isSilent()) return
      if (ports !== null && ports.length > 0 && !ports.includes(program.port)) {
        onFound(
          message('port.wrong', {
            ports: ports.slice(0, PORTS_SHOWN_MAX).join(', '),
            port: program.port,
          }),
        )
      }
      timer.set(NEXT_LOOK_MS, () => void look())
    }
    timer.set(FIRST_LOOK_MS, () => void look())
  }

  ended(id: string): void {
    this.timers.get(id)?.clear()
    this.timers.delete(id)
  }

  close(): void {
    for (const id of [...this.timers.keys()]) this.ended(id)
  }
}

const PORTS_SHOWN_MAX = 5
