/** A panel's connection to the control plane under test: its methods, and the newest state that it has pushed. */
import {
  CONTROL_METHODS,
  controlServerMessageSchema,
  type BackendView,
  type ControlMethod,
  type ControlParams,
  type ControlResult,
  type Snapshot,
} from '../protocol/control.ts'
import type { CrashCard } from '../protocol/crash.ts'
import type { PlaneEvent } from '../protocol/events.ts'
import type { Panel } from '../testing/headless.ts'
import { until } from '../testing/processes.ts'
import { openFeed, type SocketFeed } from './socket_feed.ts'

type Reply = { result: unknown } | { error: { code: string; message: string } }

export class PanelLink {
  /** Of all snapshots so far, bytes. */
  rssBytesPeak = 0
  /** Of each backend, of all snapshots so far. */
  readonly missedPongsPeak = new Map<string, number>()
  private newest: Snapshot | null = null
  private readonly replies = new Map<number, Reply>()
  private nextId = 0
  private feed: SocketFeed | null = null

  /** Resolves when the first snapshot is there. */
  static async open({ ws, headers }: Panel): Promise<PanelLink> {
    const link = new PanelLink()
    link.feed = await openFeed(`${ws}/control`, { headers }, (message) => {
      link.take(message)
    })
    await until('the first snapshot', () => link.newest)
    return link
  }

  get snapshot(): Snapshot {
    if (this.newest === null) throw new Error('no snapshot has come yet')
    return this.newest
  }

  /** Rejects with the error's code and message, and when no reply comes. */
  async call<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
  ): Promise<ControlResult<M>> {
    const id = this.nextId++
    this.feed?.send({ id, method, params })
    const reply = await until(`the reply to ${method}`, () => this.replies.get(id))
    this.replies.delete(id)
    if ('error' in reply) throw new Error(`${method}: ${reply.error.code}: ${reply.error.message}`)
    return CONTROL_METHODS[method].result.parse(reply.result) as ControlResult<M>
  }

  backend(name: string): BackendView {
    const found = this.snapshot.backends.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no snapshot shows the backend ${name}`)
    return found
  }

  /** The first view of the backend for which `check` holds; rejects with the last one when none comes. */
  async backendWhere(
    name: string,
    what: string,
    check: (view: BackendView) => boolean,
  ): Promise<BackendView> {
    try {
      return await until(`${name} ${what}`, () => {
        const view = this.backend(name)
        return check(view) ? view : null
      })
    } catch (error) {
      const { state, detail } = this.backend(name)
      throw new Error(`${name} never ${what}; it is ${state} (${detail ?? 'no detail'})`, {
        cause: error,
      })
    }
  }

  /** Resolves once it serves. */
  ready(name: string): Promise<BackendView> {
    return this.backendWhere(name, 'became ready', ({ state }) => state === 'ready')
  }

  /** All of this control plane, oldest first. */
  async events(backend: string): Promise<PlaneEvent[]> {
    const { events } = await this.call('events.list', {})
    const since = this.snapshot.plane.started_at
    return events.filter((event) => event.backend === backend && event.time >= since)
  }

  /** The states that it has entered, in order. */
  async states(backend: string): Promise<string[]> {
    return (await this.events(backend)).flatMap(({ state }) => state ?? [])
  }

  /** The cards of this control plane, oldest first; rejects when they do not become `count`. */
  async cards(backend: string, count: number): Promise<CrashCard[]> {
    const since = this.snapshot.plane.started_at
    const list = async () => {
      const { crashes } = await this.call('crashes.list', { backend })
      return crashes.filter(({ time }) => time >= since).sort((a, b) => a.time - b.time)
    }
    // A card is kept a moment after the end that it is about.
    await until(`${count} crash cards of ${backend}`, async () => (await list()).length >= count)
    const ids = (await list()).map(({ id }) => id)
    return Promise.all(ids.map(async (id) => (await this.call('crashes.get', { id })).card))
  }

  async close(): Promise<void> {
    await this.feed?.close()
  }

  private take(raw: unknown): void {
    const message = controlServerMessageSchema.parse(raw)
    if ('id' in message) this.replies.set(message.id, message)
    else if (message.event === 'snapshot') this.note(message.data)
  }

  private note(snapshot: Snapshot): void {
    this.newest = snapshot
    this.rssBytesPeak = Math.max(this.rssBytesPeak, snapshot.plane.rss_bytes)
    for (const { name, missed_pongs: missed } of snapshot.backends) {
      this.missedPongsPeak.set(name, Math.max(this.missedPongsPeak.get(name) ?? 0, missed))
    }
  }
}
