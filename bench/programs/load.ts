/** The load generator, in a separate process: closed and open loops over plain WebSockets, every reply checked. */
import type {
  ClosedPlan,
  LoadCommands,
  LoadReport,
  OpenPlan,
  ProbePlan,
} from '../harness/load_plan.ts'
import { newHistogram } from '../harness/histogram.ts'
import { answerCommands } from '../harness/remote.ts'
import { Client, openClients } from './load_client.ts'
import { Tally } from './load_tally.ts'

/** What is unanswered for this long after the last request counts as lost; longer than any deadline used here. */
const DRAIN_MS_MAX = 35_000

answerCommands<LoadCommands>({ closed, open, probe })

async function closed(plan: ClosedPlan): Promise<LoadReport> {
  const { target, windowMs, warmUp } = plan
  let tally = new Tally(target.pictures)
  let isSending = true
  const clients = await openClients(target, plan.clients, (client, answer) => {
    const isGood = tally.note(answer)
    if (!isSending) return
    // A client that is refused immediately must not spin.
    if (isGood) client.send(performance.now())
    else setTimeout(() => client.send(performance.now()), REFUSED_PAUSE_MS)
  })
  for (const client of clients) client.send(performance.now())
  const rates: number[] = []
  while (warmUp !== null && rates.length < warmUp.windowsMax && !haveSettled(rates)) {
    await delay(warmUp.windowMs)
    rates.push(tally.answers)
    tally = new Tally(target.pictures, tally.mismatches)
  }
  tally = new Tally(target.pictures, tally.mismatches)
  const begin = startClock()
  await delay(windowMs)
  const measured = tally
  const endMs = performance.now() + EXTRA_MS_MAX
  while (measured.answers < (plan.answersMin ?? 0) && performance.now() < endMs) await delay(5)
  const clock = begin()
  isSending = false
  // What comes now is outside the window, and still checked and counted as not lost.
  tally = new Tally(target.pictures, measured.mismatches)
  const lost = await drain(clients)
  await closeAll(clients)
  return measured.report(clock, { sent: measured.answers, lost, inTime: measured.answers })
}

async function open(plan: OpenPlan): Promise<LoadReport> {
  const { target, perSecond, durationMs, deadlineMs } = plan
  const tally = new Tally(target.pictures)
  let inTime = 0
  const clients = await openClients(target, plan.connections, (_client, answer) => {
    if (tally.note(answer) && answer.latencyMs <= deadlineMs) inTime++
  })
  const begin = startClock()
  const startedMs = performance.now()
  const total = Math.floor((durationMs / 1000) * perSecond)
  let sent = 0
  while (sent < total) {
    const elapsedMs = performance.now() - startedMs
    for (; sent < total && (sent * 1000) / perSecond <= elapsedMs; sent++) {
      // Counted from when it was due: waiting of the generator is waiting too.
      clients[sent % clients.length]?.send(startedMs + (sent * 1000) / perSecond)
    }
    await delay(1)
  }
  const clock = begin()
  const lost = await drain(clients)
  await closeAll(clients)
  return tally.report(clock, { sent, lost, inTime })
}

async function probe({ url, intervalMs, durationMs }: ProbePlan) {
  const latency = newHistogram()
  const { socket } = await Client.connect(url)
  let sentMs: number | null = null
  socket.on('message', () => {
    if (sentMs !== null) latency.add(performance.now() - sentMs)
    sentMs = null
  })
  const begin = startClock()
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs) {
    if (sentMs === null) {
      sentMs = performance.now()
      socket.send('{"type":"health_check"}')
    }
    await delay(intervalMs)
  }
  const { cpuShare } = begin()
  socket.terminate()
  return { latency: latency.counts, cpuShare }
}

const REFUSED_PAUSE_MS = 20
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

/** How many requests stay without a reply. */
async function drain(clients: readonly Client[]): Promise<number> {
  const unanswered = () => clients.reduce((total, client) => total + client.unanswered, 0)
  const endMs = performance.now() + DRAIN_MS_MAX
  while (performance.now() < endMs && clients.some((client) => client.waits)) await delay(5)
  return unanswered()
}

async function closeAll(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.close()))
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
