/**
 * Connects tray, menu and notifications to the control plane through its ControlApi, in-process. The session is paused,
 * so it does not count as a viewer: it gets events and reads the state after each burst.
 */
import { EventEmitter } from 'node:events'
import { createControlClient, type ControlClient } from '../client/control_client.ts'
import { LocalSocket } from '../client/local_socket.ts'
import { SOCKET_OPEN } from '../client/socket.ts'
import type { PanelSocket } from '../control/api/panel_socket.ts'
import type { ControlMethod, ControlParams, Snapshot } from '../protocol/control.ts'
import { ControlError, messageOf } from '../protocol/errors.ts'
import type { PlaneEvent } from '../protocol/events.ts'
import { Timer } from '../protocol/disposables.ts'

export interface PlaneLinkEvents {
  onSnapshot(snapshot: Snapshot): void
  onEvent(event: PlaneEvent): void
  onRefused(reason: string): void
}

/** Events within this time cause one update. */
const SNAPSHOT_DELAY_MS = 200

export class PlaneLink {
  private readonly client: ControlClient
  private readonly events: PlaneLinkEvents
  private readonly snapshotTimer = new Timer()

  /** `addPanel` receives the control plane's end of the connection. */
  constructor(addPanel: (socket: PanelSocket) => void, events: PlaneLinkEvents) {
    this.events = events
    this.client = createControlClient({
      openSocket: () => new InProcessSocket(addPanel),
      reconnects: false,
    })
    this.client.onMisfit((reason) => events.onRefused(reason.message))
    this.client.onEvent((event) => {
      if (event.event === 'snapshot') events.onSnapshot(event.data)
      else if (event.event === 'event') {
        events.onEvent(event.data)
        this.snapshotTimer.setOnce(SNAPSHOT_DELAY_MS, () => {
          this.client.refresh().then(events.onSnapshot).catch(this.report)
        })
      }
    })
  }

  open(): void {
    this.client
      .open()
      .then(() => this.client.call('session.pause', {}))
      .catch(this.report)
  }

  call<M extends ControlMethod>(method: M, params: ControlParams<M>): void {
    this.client.call(method, params).catch(this.report)
  }

  close(): void {
    this.snapshotTimer.dispose()
    this.client.dispose()
  }

  private readonly report = (error: unknown) => {
    const isOurEnd = error instanceof ControlError && error.code === 'disposed'
    if (!isOurEnd) this.events.onRefused(messageOf(error))
  }
}

/** Delivers asynchronously, like a network: no callback runs during a send. */
class InProcessSocket extends LocalSocket {
  private readonly toPlane = new EventEmitter()

  constructor(addPanel: (socket: PanelSocket) => void) {
    super()
    const { toPlane } = this
    queueMicrotask(() => this.opened())
    addPanel({
      bufferedAmount: 0,
      readyState: SOCKET_OPEN,
      OPEN: SOCKET_OPEN,
      send: (text) => {
        queueMicrotask(() => this.received(text))
      },
      on: (name: string, listener: (data: Buffer) => void) => toPlane.on(name, listener),
    })
  }

  send(text: string): void {
    this.toPlane.emit('message', Buffer.from(text))
  }

  close(): void {
    this.ended()
    this.toPlane.emit('close')
  }
}
