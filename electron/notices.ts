/** System notifications of crashes and recoveries; never of user actions. */
import type { PlaneEvent } from '../protocol/events.ts'
import { message, type Message } from '../protocol/messages.ts'

export interface Notice {
  backend: string
  title: Message
  body: Message
}

/** Minimum time between two notifications about one backend, so that a crash loop is reported once. */
const QUIET_MS = 60_000

export class Notices {
  private readonly crashed = new Set<string>()
  private readonly lastAt = new Map<string, number>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  of(event: PlaneEvent): Notice | null {
    const { kind, backend, state } = event
    if (backend === null) return null
    const notice = (code: 'app.crashed' | 'app.failed' | 'app.recovered') => ({
      ...{ backend, body: event },
      title: message(code, { backend }),
    })
    if (kind === 'crash') {
      this.crashed.add(backend)
      return this.unlessQuiet(notice('app.crashed'))
    }
    if (kind !== 'state') return null
    if (state === 'failed') {
      this.crashed.delete(backend)
      return notice('app.failed')
    }
    if (state !== 'ready' || !this.crashed.delete(backend)) return null
    return notice('app.recovered')
  }

  private unlessQuiet(notice: Notice): Notice | null {
    const at = this.now()
    const last = this.lastAt.get(notice.backend) ?? -Infinity
    if (at - last < QUIET_MS) return null
    this.lastAt.set(notice.backend, at)
    return notice
  }
}
