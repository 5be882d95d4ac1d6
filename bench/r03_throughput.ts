/** R3: the backend's best images/s against the machine's maximum. */
import type { Work } from './harness/raw_plan.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { BATCH_SIZE_MAX, withServer, type Harness } from './harness/harness.ts'
import { startEmotion } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

interface Bound {
  decode: number
  session: number
  cpu: number
  coreSecondsPerImage: number
  serial: number
}

export async function measureThroughput(harness: Harness): Promise<Row[]> {
  return withServer(startEmotion(), async (server) => {
    const { clients, sweep } = await harness.capacity(server)
    const windowMs = harness.either(1500, 5000)
    const batch = await bestBatch(harness)
    const served = async () => {
      const cpu = server.cpuSeconds()
      const report = await harness.closed({ target: harness.target(server.url), clients, windowMs })
      return {
        ...report,
        // CPU time includes the warm-up, at about the same images per second.
        coreSeconds: (server.cpuSeconds() - cpu) / report.answers,
      }
    }
    const rounds = await interleave(harness.rounds, served, () => boundOf(harness, batch))
    const limit = ({ decode, session, cpu }: Bound) => Math.min(decode, session, cpu)
    const { value, spread, noise } = compareRatio(rounds, ({ perSecond }) => perSecond, limit)
    const reports = rounds.flatMap(({ a }) => a)
    const bounds = rounds.flatMap(({ b }) => b)
    const average = (of: (bound: Bound) => number) => format(mean(bounds.map(of)))
    return [
      {
        id: 'R3',
        measure: 'throughput',
        definition: 'best served images/s over 1..256 clients / machine bound',
        value,
        unit: '',
        spread,
        noise: noise * value,
        gate: { atLeast: 0.85 },
        notes: [
          `served ${format(mean(reports.map(({ perSecond }) => perSecond)))} images/s at ${clients} clients`,
          `bound = min(decode alone ${average(({ decode }) => decode)}, session.run alone at batch ${batch} ${average(({ session }) => session)}, cores / core-seconds ${average(({ cpu }) => cpu)}) images/s`,
          `raw serial ${average(({ serial }) => serial)} images/s at ${average((bound) => bound.coreSecondsPerImage * 1000)} core-ms an image`,
          `the generator took ${format(mean(reports.map(({ cpuShare }) => cpuShare)))} cores`,
          `sweep: ${sweep.map((step) => `${step.clients}: ${format(step.perSecond)}`).join(', ')}`,
        ],
      },
    ]
  })
}

const workOf = (harness: Harness): Work => ({
  pictures: harness.pictures.small.map(({ bytes }) => bytes),
  windowMs: harness.either(800, 2500),
})

async function bestBatch(harness: Harness): Promise<number> {
  const sizes = [1, 2, 4, BATCH_SIZE_MAX]
  let best = { size: 1, perSecond: 0 }
  for (const size of sizes) {
    const { perSecond } = await harness.raw.call('sessionOnly', { ...workOf(harness), batch: size })
    if (perSecond > best.perSecond) best = { size, perSecond }
  }
  return best.size
}

async function boundOf(harness: Harness, batch: number): Promise<Bound> {
  const work = workOf(harness)
  const { perSecond: serial, coreSecondsPerImage } = await harness.raw.call('serial', work)
  const { perSecond: decode } = await harness.raw.call('decodeOnly', { ...work, concurrency: 4 })
  const { perSecond: session } = await harness.raw.call('sessionOnly', { ...work, batch })
  return { serial, coreSecondsPerImage, decode, session, cpu: harness.cores / coreSecondsPerImage }
}
