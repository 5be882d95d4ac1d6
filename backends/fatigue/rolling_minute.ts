/** PERCLOS over the last minute of each stream: requests cover seconds, the measure a minute. */
import { LRUCache } from 'lru-cache'

const MINUTE_S = 60
/** Least recently used streams are dropped. */
export const STREAMS_MAX = 256
/** Windows of one stream; a minute has 60 at one per second. */
const WINDOWS_MAX = 600

interface Window {
  endS: number
  durationS: number
  validFrames: number
  closedFrames: number
}

export interface MinuteMeasure {
  /** Share of valid frames with shut eyes, in [0, 1]. */
  perclos: number
  /** Covered seconds; below 60 it is not a PERCLOS yet. */
  seconds: number
}

export class RollingMinutes {
  private readonly streams = new LRUCache<string, Window[]>({ max: STREAMS_MAX })

  add(streamId: string, window: Window): MinuteMeasure | null {
    const kept = (this.streams.get(streamId) ?? [])
      // A clock that jumps back has restarted.
      .filter(({ endS }) => endS > window.endS - MINUTE_S && endS <= window.endS)
      .slice(1 - WINDOWS_MAX)
    kept.push(window)
    this.streams.set(streamId, kept)
    const sum = (pick: (one: Window) => number) => kept.reduce((total, one) => total + pick(one), 0)
    const valid = sum(({ validFrames }) => validFrames)
    if (valid === 0) return null
    return {
      perclos: sum(({ closedFrames }) => closedFrames) / valid,
      seconds: Math.min(
        MINUTE_S,
        sum(({ durationS }) => durationS),
      ),
    }
  }
}
