/** Long work of one thread in small steps: those who have some take turns, and everything else runs between them. */
import { performance } from 'node:perf_hooks'

/** Does a few milliseconds of the work; true when all is done. */
export type Step = () => boolean

/** Milliseconds of steps before timers and sockets are served again. A step may go over it. */
const SLICE_MS = 5

const waiting: Step[] = []
let isRunning = false

/** Starts with the next turn of the event loop. What a step throws is thrown there, and ends this work alone. */
export function inTurns(step: Step): void {
  waiting.push(step)
  if (isRunning) return
  isRunning = true
  setImmediate(run)
}

function run(): void {
  const startedMs = performance.now()
  try {
    do {
      const step = waiting.shift()
      if (step !== undefined && !step()) waiting.push(step)
    } while (waiting.length > 0 && performance.now() - startedMs < SLICE_MS)
  } finally {
    isRunning = waiting.length > 0
    if (isRunning) setImmediate(run)
  }
}
