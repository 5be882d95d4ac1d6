/** A panel connection to the tested Switchyard, with the history of what it showed. */
import type { ControlClient } from '../client/control_client.ts'
import type { BackendView, Snapshot } from '../protocol/control.ts'
import { MessageError } from '../protocol/errors.ts'
import type { CrashCard } from '../protocol/crash.ts'
import type { PlaneEvent } from '../protocol/events.ts'
import { backendWhere, openControl, type Panel } from '../testing/headless.ts'
import { until } from '../testing/processes.ts'

export class PanelLink {
  /** Maximum over all snapshots, bytes. */
  rssBytesPeak = 0
  /** Per backend, maximum over all snapshots. */
  readonly missedPongsPeak = new Map<string, number>()
  /** The newest one. */
  snapshot: Snapshot
  readonly call: ControlClient['call']
  private readonly control: ControlClient

  private constructor(control: ControlClient, snapshot: Snapshot) {
    this.control = control
    this.call = control.call
    this.snapshot = snapshot
    this.note(snapshot)
    control.onEvent((event) => {
      if (event.event === 'snapshot') this.note(event.data)
    })
    control.onMisfit((reason) => {
      throw new MessageError(reason)
    })
  }

  static async open(panel: Panel): Promise<PanelLink> {
    const control = await openControl(panel)
    return new PanelLink(control, await control.refresh())
  }

  backend(name: string): BackendView {
    const found = this.snapshot.backends.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no snapshot shows the backend ${name}`)
    return found
  }

  /** The first view of the backend for which `check` holds; rejects with the last one on timeout. */
  async backendWhere(
    name: string,
    what: string,
    check: (view: BackendView) => boolean,
  ): Promise<BackendView> {
    try {
      return await backendWhere(this.control, (view) => view.name === name && check(view))
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

  /** A crash card may precede the snapshot of the exit, so `ready` alone may be the old process. */
  replaced(name: string, pid: number | null): Promise<BackendView> {
    return this.backendWhere(
      name,
      `took the place of pid ${pid}`,
      (view) => view.state === 'ready' && view.pid !== pid,
    )
  }

  /** Of this run, oldest first. */
  async events(backend: string): Promise<PlaneEvent[]> {
    const { events } = await this.call('events.list', {})
    const since = this.snapshot.plane.started_at
    return events.filter((event) => event.backend === backend && event.time >= since)
  }

  /** States in the order they were entered. */
  async states(backend: string): Promise<string[]> {
    return (await this.events(backend)).flatMap(({ state }) => state ?? [])
  }

  /** Cards of this run, oldest first; rejects unless there are `count` in time. */
  async cards(backend: string, count: number): Promise<CrashCard[]> {
    const since = this.snapshot.plane.started_at
    const list = async () => {
      const { crashes } = await this.call('crashes.list', { backend })
      return crashes.filter(({ time }) => time >= since).sort((a, b) => a.time - b.time)
    }
    // A card follows shortly after the exit.
    await until(`${count} crash cards of ${backend}`, async () => (await list()).length >= count)
    const ids = (await list()).map(({ id }) => id)
    return Promise.all(ids.map(async (id) => (await this.call('crashes.get', { id })).card))
  }

  close(): void {
    this.control.dispose()
  }

  private note(snapshot: Snapshot): void {
    this.snapshot = snapshot
    this.rssBytesPeak = Math.max(this.rssBytesPeak, snapshot.plane.rss_bytes)
    for (const { name, missed_pongs: missed } of snapshot.backends) {
      this.missedPongsPeak.set(name, Math.max(this.missedPongsPeak.get(name) ?? 0, missed))
    }
  }
}
