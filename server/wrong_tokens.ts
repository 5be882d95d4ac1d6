/** How long the response to a wrong token is delayed. The right token never waits. */
import { LRUCache } from 'lru-cache'
import type { SocketLimits } from './limits.ts'

export class WrongTokens {
  private readonly limits: SocketLimits
  private readonly counts: LRUCache<string, number>

  constructor(limits: SocketLimits, now: () => number) {
    this.limits = limits
    this.counts = new LRUCache({
      max: limits.wrongTokenAddressesMax,
      ttl: limits.wrongTokenMemoryMs,
      ttlResolution: 0,
      perf: { now },
    })
  }

  get size(): number {
    return this.counts.size
  }

  note(address: string): number {
    const before = this.counts.get(address) ?? 0
    this.counts.set(address, before + 1)
    const { wrongTokenDelayMs, wrongTokenDelayMsMax } = this.limits
    return Math.min(wrongTokenDelayMs * 2 ** before, wrongTokenDelayMsMax)
  }
}
