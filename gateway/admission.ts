/** Enforces `max_in_flight` and `queue_limit` for third-party backends. Built-in backends enforce both themselves. */
import { isThirdParty } from '../protocol/config.ts'
import { FairQueue } from '../server/fair_queue.ts'
import type { GatewayTarget } from './targets.ts'

export interface Slot {
  /** False: `onTurn` is called when the request may be sent. */
  readonly isOpen: boolean
  leave(): void
}

interface Waiting {
  onTurn(): void
}

interface Line {
  inFlight: number
  readonly waiting: FairQueue<Waiting>
}

export class Admission {
  private readonly lines = new Map<string, Line>()

  /** null when the queue is full. Clients, named by `owner`, take turns. */
  enter(target: GatewayTarget, owner: object, onTurn: () => void): Slot | null {
    const { config } = target
    if (!isThirdParty(config)) return OPEN_SLOT
    const line = this.lines.get(target.id) ?? { inFlight: 0, waiting: new FairQueue<Waiting>() }
    const { max_in_flight: inFlightMax, queue_limit: queueLimit } = config
    // Without max_in_flight the backend has all of them, and those waiting there count.
    const hasRoom =
      inFlightMax === undefined
        ? line.inFlight < queueLimit
        : line.inFlight < inFlightMax || line.waiting.length < queueLimit
    if (!hasRoom) return null
    this.lines.set(target.id, line)
    const isOpen = line.inFlight < (inFlightMax ?? Infinity)
    if (isOpen) line.inFlight++
    return isOpen ? this.openSlot(target, line) : this.waitingSlot(target, { line, owner, onTurn })
  }

  queuedAt(targetId: string): number {
    return this.lines.get(targetId)?.waiting.length ?? 0
  }

  private openSlot(target: GatewayTarget, line: Line): Slot {
    let hasLeft = false
    return {
      isOpen: true,
      leave: () => {
        if (hasLeft) return
        hasLeft = true
        this.free(target, line)
      },
    }
  }

  private waitingSlot(
    target: GatewayTarget,
    { line, owner, onTurn }: { line: Line; owner: object; onTurn: () => void },
  ): Slot {
    let opened: Slot | null = null
    const entry: Waiting = {
      onTurn: () => {
        opened = this.openSlot(target, line)
        onTurn()
      },
    }
    line.waiting.push(owner, entry)
    return {
      isOpen: false,
      leave: () => {
        if (opened !== null) opened.leave()
        else line.waiting.remove(owner, (one) => one === entry)
      },
    }
  }

  private free(target: GatewayTarget, line: Line): void {
    line.inFlight--
    // The limit may have been raised meanwhile.
    const inFlightMax = target.config.max_in_flight ?? Infinity
    while (line.inFlight < inFlightMax) {
      const [next] = line.waiting.take(1)
      if (next === undefined) break
      line.inFlight++
      next.onTurn()
    }
    if (line.inFlight === 0 && line.waiting.length === 0) this.lines.delete(target.id)
  }
}

const OPEN_SLOT: Slot = { isOpen: true, leave: () => undefined }
