/** R7: double overload: what is answered in time, and how soon the rest is rejected. */
import type { LoadReport } from './harness/load_plan.ts'
import { merged, percentileOf } from './harness/histogram.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { withServer, type Harness } from './harness/harness.ts'
import { startEmotion, type ServerProcess } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

const CONNECTIONS = 32

interface Case {
  what: string
  /** The backend's timeout, in seconds. */
  request_timeout: number
  queue_limit: number
}

export async function measureOverload(harness: Harness): Promise<Row[]> {
  const rate = await withServer(
    startEmotion(),
    async (server) => (await harness.capacity(server)).perSecond,
  )
  // A queue that drains in half the deadline, and one that takes twice as long: the hard case.
  const deadlineS = 2
  const shallow = Math.max(4, Math.round((rate * deadlineS) / 2))
  const deep = Math.round(rate * deadlineS * 2)
  return [
    ...(await overload(harness, rate, {
      what: 'short queue',
      request_timeout: deadlineS,
      queue_limit: shallow,
    })),
    ...(await overload(harness, rate, {
      what: 'queue longer than the deadline',
      request_timeout: deadlineS,
      queue_limit: deep,
    })),
  ]
}

async function overload(
  harness: Harness,
  rate: number,
  { what, request_timeout, queue_limit }: Case,
): Promise<Row[]> {
  return withServer(startEmotion({ request_timeout, queue_limit }), async (server) => {
    await harness.closed({ target: harness.target(server.url), clients: 4, windowMs: 500 })
    const at = (factor: number) => () =>
      offer(harness, server, rate * factor, request_timeout * 1000)
    const rounds = await interleave(harness.isQuick ? 1 : 3, at(2), at(1))
    const goodput = ({ inTime, seconds }: LoadReport) => inTime / seconds
    const { value, spread, noise } = compareRatio(rounds, goodput, goodput)
    const doubled = rounds.flatMap(({ a }) => a)
    const single = rounds.flatMap(({ b }) => b)
    const rejection = doubled.map((report) => report.rejection)
    const shared = { id: 'R7', unit: '' as const }
    const rows: Row[] = [
      {
        ...shared,
        measure: `overload: answers, ${what}`,
        definition: `answers/s inside the deadline (${request_timeout} s) at 2x capacity / at 1x; queue_limit ${queue_limit}`,
        value,
        spread,
        noise: noise * value,
        gate: { atLeast: 0.9 },
        notes: [
          `capacity ${format(rate)}/s; in time ${format(mean(doubled.map(goodput)))}/s at 2x, ${format(mean(single.map(goodput)))}/s at 1x`,
          `2x: ${describeEnds(doubled)}`,
          `1x: ${describeEnds(single)}`,
        ],
      },
    ]
    if (merged(rejection).count > 0) {
      rows.push({
        ...shared,
        measure: `overload: time to a rejection, ${what}`,
        definition: 'p99 from the due time to the queue_full reply, at 2x',
        unit: 'ms',
        value: percentileOf(rejection, 0.99),
        gate: { atMost: 10 },
        notes: [
          `p50 ${format(percentileOf(rejection, 0.5))} ms of ${merged(rejection).count} rejections; the generator's own delay is in it`,
        ],
      })
    }
    return rows
  })
}

const offer = (harness: Harness, server: ServerProcess, perSecond: number, deadlineMs: number) =>
  harness.open({
    target: harness.target(server.url),
    connections: CONNECTIONS,
    perSecond,
    durationMs: harness.either(6000, 15_000),
    deadlineMs,
  })

function describeEnds(reports: readonly LoadReport[]): string {
  const total = (of: (report: LoadReport) => number) =>
    reports.reduce((all, report) => all + of(report), 0)
  const codes = [...new Set(reports.flatMap(({ errors }) => Object.keys(errors)))]
  const errors = codes.map((code) => `${total((report) => report.errors[code] ?? 0)} ${code}`)
  return [
    `${total(({ sent }) => sent)} sent`,
    `${total(({ answers }) => answers)} answered`,
    ...errors,
    `${total(({ lost }) => lost)} lost`,
  ].join(', ')
}
