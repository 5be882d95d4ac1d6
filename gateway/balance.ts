/** Load balancing: the target with the fewest outstanding requests over all clients; requests of one stream keep their target. */
import { LRUCache } from 'lru-cache'
import type { GatewayBackend, GatewayTarget } from './targets.ts'

const STREAMS_MAX = 10_000

export class Balance {
  private readonly outstanding = new Map<string, number>()
  private readonly streams = new LRUCache<string, string>({ max: STREAMS_MAX })

  /**
   * The target that serves and has the fewest requests outstanding, healthy ones before degraded ones; null when none serves.
   * A stream stays where it was while that target serves, since the target may remember the windows before.
   */
  choose(
    backend: GatewayBackend,
    streamId: string | null,
    excluded: ReadonlySet<string> = NONE,
  ): GatewayTarget | null {
    const able = backend.targets.filter(({ id, isServing }) => isServing && !excluded.has(id))
    const key = streamId === null ? null : `${backend.name} ${streamId}`
    const home = key === null ? undefined : this.streams.get(key)
    const chosen = able.find(({ id }) => id === home) ?? this.leastBusy(able)
    if (key !== null && chosen !== null) this.streams.set(key, chosen.id)
    return chosen
  }

  begin(targetId: string): () => void {
    this.outstanding.set(targetId, this.outstandingOf(targetId) + 1)
    let isCounted = true
    return () => {
      if (!isCounted) return
      isCounted = false
      const left = this.outstandingOf(targetId) - 1
      if (left > 0) this.outstanding.set(targetId, left)
      else this.outstanding.delete(targetId)
    }
  }

  outstandingOf(targetId: string): number {
    return this.outstanding.get(targetId) ?? 0
  }

  private leastBusy(targets: readonly GatewayTarget[]): GatewayTarget | null {
    const healthy = targets.filter(({ isDegraded }) => !isDegraded)
    const candidates = healthy.length > 0 ? healthy : targets
    return candidates.reduce<GatewayTarget | null>(
      (best, target) =>
        best === null || this.outstandingOf(target.id) < this.outstandingOf(best.id)
          ? target
          : best,
      null,
    )
  }
}

const NONE: ReadonlySet<string> = new Set()
