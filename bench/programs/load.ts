/** Load generator in a child process: closed and open loops, every reply checked. */
import { BackendClient } from '../../client/backend_client.ts'
import { REAL_CLOCK } from '../../client/clock.ts'
import { closedLoop, openLoop } from '../../client/load/load_loops.ts'
import { openNodeSocket } from '../../client/node_socket.ts'
import type {
  ClosedPlan,
  LoadCommands,
  LoadReport,
  OpenPlan,
  ProbePlan,
} from '../harness/load_plan.ts'
import { newHistogram } from '../harness/histogram.ts'
import { answerCommands } from '../harness/remote.ts'
import { openConnections, type BenchConnection } from './load_connections.ts'
import { Tally } from './load_tally.ts'

answerCommands<LoadCommands>({ closed, open, probe })

async function closed(plan: ClosedPlan): Promise<LoadReport> {
  const { target, windowMs, warmUp } = plan
  let tally = new Tally(target.pictures)
  const connections = await openConnections(target, plan.clients)
  const over = new AbortController()
  const loop = closedLoop(connections, {
    clock: REAL_CLOCK,
    over: over.signal,
    onEnd: (ended) => {
      tally.note(ended)
    },
  })
  const rates: number[] = []
  while (warmUp !== null && rates.length < warmUp.windowsMax && !haveSettled(rates)) {
    await delay(warmUp.windowMs)
    rates.push(tally.answers)
    tally = new Tally(target.pictures, tally)
  }
  tally = new Tally(target.pictures, tally)
  const begin = startClock()
  await delay(windowMs)
  const measured = tally
  const endMs = performance.now() + EXTRA_MS_MAX
  while (measured.answers < (plan.answersMin ?? 0) && performance.now() < endMs) await delay(5)
  const clock = begin()
  over.abort()
  // Later replies are outside the window, but still checked and counted as not lost.
  tally = new Tally(target.pictures, measured)
  await loop
  await closeAll(connections)
  return measured.report(clock, { sent: measured.answers, inTime: measured.answers })
}

async function open(plan: OpenPlan): Promise<LoadReport> {
  const { target, deadlineMs } = plan
  const tally = new Tally(target.pictures)
  let inTime = 0
  const connections = await openConnections(target, plan.connections)
  const begin = startClock()
  const { sent, drained } = await openLoop(connections, plan, {
    clock: REAL_CLOCK,
    onEnd: (ended) => {
      if (tally.note(ended) && ended.latencyMs <= deadlineMs) inTime++
    },
  })
  const clock = begin()
  await drained
  await closeAll(connections)
  return tally.report(clock, { sent, inTime })
}

async function probe({ url, intervalMs, durationMs }: ProbePlan) {
  const latency = newHistogram()
  const client = new BackendClient({ name: 'backend', openSocket: () => openNodeSocket(url) })
  await client.open()
  let isWaiting = false
  const check = async () => {
    isWaiting = true
    const outcome = await client.request({ type: 'health_check' })
    isWaiting = false
    if (outcome.phase === 'answered') latency.add(outcome.roundTripMs)
  }
  const begin = startClock()
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs) {
    if (!isWaiting) void check()
    await delay(intervalMs)
  }
  const { cpuShare } = begin()
  await client.close()
  return { latency: latency.counts, cpuShare }
}

const EXTRA_MS_MAX = 180_000

/** The last three windows agree within 10 %. */
function haveSettled(rates: readonly number[]): boolean {
  const last = rates.slice(-3)
  return last.length === 3 && Math.max(...last) <= Math.min(...last) * 1.1
}

/** Wall and CPU time until the returned function is called. */
function startClock(): () => { seconds: number; cpuShare: number } {
  const cpu = process.cpuUsage()
  const started = performance.now()
  return () => {
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(cpu)
    return { seconds, cpuShare: (user + system) / 1e6 / seconds }
  }
}

async function closeAll(clients: readonly BenchConnection[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()))
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
