/** Tray, menu and notifications see the control plane as any panel does: over its ControlApi, in this very process. */
import { EventEmitter } from 'node:events'
import type { PanelSocket } from '../control/http/panel_socket.ts'
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

export class PlaneLink {
  readonly socket: PanelSocket
  private readonly emitter = new EventEmitter()
  private lastId = 0

  constructor(events: PlaneLinkEvents) {
    const { emitter } = this
    this.socket = {
      bufferedAmount: 0,
      readyState: 1,
      OPEN: 1,
      send: (text) => {
        receive(text, events)
      },
      on: (name: string, listener: (data: Buffer) => void) => emitter.on(name, listener),
    }
  }

  call<M extends ControlMethod>(method: M, params: ControlParams<M>): void {
    const id = ++this.lastId
    this.emitter.emit('message', Buffer.from(JSON.stringify({ id, method, params })))
  }

  close(): void {
    this.emitter.emit('close')
  }
}

function receive(text: string, events: PlaneLinkEvents): void {
  // From this very process, five times a second: there is no border at which a schema would have to look.
  const message = JSON.parse(text) as ControlServerMessage
  if ('error' in message) events.onRefused(message.error.message)
  else if ('event' in message) {
    if (message.event === 'snapshot') events.onSnapshot(message.data)
    else if (message.event === 'event') events.onEvent(message.data)
  }
}
