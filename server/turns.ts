/** Cooperative scheduling on one thread: long tasks run in small steps, round-robin, with timers and sockets served in between. */
import { performance } from 'node:perf_hooks'

export type Step = () => boolean

/** Milliseconds of steps before timers and sockets are served again. A step may exceed it. */
const SLICE_MS = 5

const waiting: Step[] = []
let isRunning = false

/** Starts with the next event-loop turn. An error thrown by a step ends that task only. */
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
