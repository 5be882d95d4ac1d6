/**
 * Tray, menu and notifications see the control plane as any panel does: over its ControlApi, in this very process. The session is
 * paused, so that it counts as nobody's look: it gets events, and reads the state after each burst of them.
 */
import { EventEmitter } from 'node:events'
import type { PanelSocket } from '../control/api/panel_socket.ts'
import type {
  ControlMethod,
  ControlParams,
  ControlServerMessage,
  Snapshot,
} from '../protocol/control.ts'
import type { PlaneEvent } from '../protocol/events.ts'

export interface PlaneLinkEvents {
  onSnapshot(snapshot: Snapshot): void
  onEvent(event: PlaneEvent): void
  /** A call was refused. */
  onRefused(sentence: string): void
}

/** A change of state comes as an event; several that come together are one change of the tray. */
const SNAPSHOT_DELAY_MS = 200

export class PlaneLink {
  readonly socket: PanelSocket
  private readonly emitter = new EventEmitter()
  private lastId = 0
  private snapshotTimer: NodeJS.Timeout | null = null
  private snapshotId: number | null = null
  private readonly events: PlaneLinkEvents

  constructor(events: PlaneLinkEvents) {
    const { emitter } = this
    this.events = events
    this.socket = {
      bufferedAmount: 0,
      readyState: 1,
      OPEN: 1,
      send: (text) => {
        this.receive(text)
      },
      on: (name: string, listener: (data: Buffer) => void) => emitter.on(name, listener),
    }
  }

  /** To be called once the control plane has the socket. */
  open(): void {
    this.call('session.pause', {})
  }

  call<M extends ControlMethod>(method: M, params: ControlParams<M>): number {
    const id = ++this.lastId
    this.emitter.emit('message', Buffer.from(JSON.stringify({ id, method, params })))
    return id
  }

  close(): void {
    if (this.snapshotTimer !== null) clearTimeout(this.snapshotTimer)
    this.emitter.emit('close')
  }

  private receive(text: string): void {
    // From this very process: there is no border at which a schema would have to look.
    const message = JSON.parse(text) as ControlServerMessage
    if ('error' in message) this.events.onRefused(message.error.message)
    else if ('result' in message) {
      if (message.id === this.snapshotId) this.events.onSnapshot(message.result as Snapshot)
    } else if (message.event === 'snapshot') this.events.onSnapshot(message.data)
    else if (message.event === 'event') {
      this.events.onEvent(message.data)
      this.snapshotTimer ??= setTimeout(() => {
        this.snapshotTimer = null
        this.snapshotId = this.call('plane.snapshot', {})
      }, SNAPSHOT_DELAY_MS)
    }
  }
}
