/** PERCLOS over the last minute of each stream, since a request holds seconds and the measure is defined over a minute. */
import { LRUCache } from 'lru-cache'

const MINUTE_S = 60
/** Streams that are remembered; the longest unused goes. */
const STREAMS_MAX = 256
/** Windows of one stream; at one a second a minute holds 60. */
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
  /** Seconds that it covers; below 60 it is not a PERCLOS yet. */
  seconds: number
}

export class RollingMinutes {
  private readonly streams = new LRUCache<string, Window[]>({ max: STREAMS_MAX })

  /** Adds a window that ended at `endS` (any clock of the stream, in seconds) and answers for the minute before it. */
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
