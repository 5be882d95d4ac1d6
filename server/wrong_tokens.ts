/** How long the answer to a wrong token waits. The right token is never asked about here: it passes at once, always. */
import { LRUCache } from 'lru-cache'
import type { SocketLimits } from './limits.ts'

export class WrongTokens {
  private readonly limits: SocketLimits
  private readonly counts: LRUCache<string, number>

  /** `now` is monotonic milliseconds. */
  constructor(limits: SocketLimits, now: () => number) {
    this.limits = limits
    this.counts = new LRUCache({
      max: limits.wrongTokenAddressesMax,
      ttl: limits.wrongTokenMemoryMs,
      ttlResolution: 0,
      perf: { now },
    })
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.counts.size
  }

  /** Counts one more wrong token of an address; the milliseconds that its answer has to wait. */
  note(address: string): number {
    const before = this.counts.get(address) ?? 0
    this.counts.set(address, before + 1)
    const { wrongTokenDelayMs, wrongTokenDelayMsMax } = this.limits
    return Math.min(wrongTokenDelayMs * 2 ** before, wrongTokenDelayMsMax)
  }
}
