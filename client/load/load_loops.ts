import { sleep, type Clock } from '../clock.ts'
import type { Outcome } from '../outcome.ts'
import type { LoadConnection } from './load_connection.ts'

export interface Ended<O> {
  connection: number
  sentAtMs: number
  /** An open loop measures from the due time, so generator delays count as latency. */
  latencyMs: number
  outcome: O
}

/** A connection whose request was rejected must not spin. */
const REFUSED_PAUSE_MS = 20

interface LoopOptions<O> {
  clock: Clock
  onEnd(ended: Ended<O>): void
}

/** Each connection sends when its last request has ended, until `over` aborts or the connection is lost. */
export async function closedLoop<O extends Outcome>(
  connections: readonly LoadConnection<O>[],
  { over, clock, onEnd }: LoopOptions<O> & { over: AbortSignal },
): Promise<void> {
  const run = async (connection: LoadConnection<O>, place: number) => {
    while (!over.aborted) {
      const ended = await sendOne(connection, place, clock)
      onEnd(ended)
      const { outcome } = ended
      if (outcome.phase === 'broken' && outcome.code !== 'timeout') return
      if (outcome.phase === 'refused') await sleep(clock, REFUSED_PAUSE_MS, over)
    }
  }
  await Promise.all(connections.map(run))
}

/** Fixed rate, regardless of earlier requests. Resolves after the last send, `drained` after the last reply. */
export async function openLoop<O extends Outcome>(
  connections: readonly LoadConnection<O>[],
  rate: { perSecond: number; durationMs: number },
  { clock, onEnd }: LoopOptions<O>,
): Promise<{ sent: number; drained: Promise<unknown> }> {
  const total = Math.floor((rate.durationMs / 1000) * rate.perSecond)
  const beganMs = clock.now()
  const inFlight = new Set<Promise<void>>()
  const send = (dueAtMs: number) => {
    const place = sent++ % connections.length
    const connection = connections[place]
    if (connection === undefined) return
    const ending = sendOne(connection, place, clock, dueAtMs).then((ended) => {
      inFlight.delete(ending)
      onEnd(ended)
    })
    inFlight.add(ending)
  }
  let sent = 0
  while (sent < total) {
    const dueAtMs = beganMs + (sent * 1000) / rate.perSecond
    if (dueAtMs <= clock.now()) send(dueAtMs)
    else await sleep(clock, 1)
  }
  return { sent, drained: Promise.all(inFlight) }
}

async function sendOne<O extends Outcome>(
  connection: LoadConnection<O>,
  place: number,
  clock: Clock,
  dueAtMs?: number,
): Promise<Ended<O>> {
  const sentAtMs = clock.now()
  const outcome = await connection.send()
  const tripMs = outcome.phase === 'broken' ? clock.now() - sentAtMs : outcome.roundTripMs
  const latencyMs = tripMs + (sentAtMs - (dueAtMs ?? sentAtMs))
  return { connection: place, sentAtMs, latencyMs, outcome }
}
