/** System notifications of crashes and recoveries; never of user actions. */
import type { PlaneEvent } from '../protocol/events.ts'

export interface Notice {
  backend: string
  title: string
  body: string
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

  of({ kind, backend, state, message }: PlaneEvent): Notice | null {
    if (backend === null) return null
    if (kind === 'crash') {
      this.crashed.add(backend)
      return this.unlessQuiet({ backend, title: `${backend} crashed`, body: message })
    }
    if (kind !== 'state') return null
    if (state === 'failed') {
      this.crashed.delete(backend)
      return { backend, title: `${backend} failed`, body: message }
    }
    if (state !== 'ready' || !this.crashed.delete(backend)) return null
    return { backend, title: `${backend} runs again`, body: message }
  }

  private unlessQuiet(notice: Notice): Notice | null {
    const at = this.now()
    const last = this.lastAt.get(notice.backend) ?? -Infinity
    if (at - last < QUIET_MS) return null
    this.lastAt.set(notice.backend, at)
    return notice
  }
}
