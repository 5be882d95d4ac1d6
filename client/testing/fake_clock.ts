import type { Clock } from '../clock.ts'

export class FakeClock implements Clock {
  private nowMs = 0
  private readonly timers = new Set<{ atMs: number; act: () => void }>()

  now = () => this.nowMs
  wall = () => this.nowMs

  after = (delayMs: number, act: () => void) => {
    const timer = { atMs: this.nowMs + delayMs, act }
    this.timers.add(timer)
    return () => void this.timers.delete(timer)
  }

  get pending(): number {
    return this.timers.size
  }

  /** Runs due timers in order. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      const [next] = [...this.timers].sort((a, b) => a.atMs - b.atMs)
      if (next === undefined || next.atMs > endMs) break
      this.timers.delete(next)
      this.nowMs = next.atMs
      next.act()
    }
    this.nowMs = endMs
  }
}
