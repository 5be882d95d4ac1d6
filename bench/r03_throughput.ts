/** R3: the best images/s that the backend serves, against what the machine could do at most. */
import type { Work } from './rig/raw_plan.ts'
import { compareRatio, interleave } from './rig/interleave.ts'
import { format, type Row } from './rig/row.ts'
import { BATCH_SIZE_MAX, withServer, type Rig } from './rig/rig.ts'
import { startEmotion } from './rig/server_process.ts'
import { mean } from './rig/statistics.ts'

interface Bound {
  decode: number
  session: number
  cpu: number
  coreSecondsPerImage: number
  serial: number
}

export async function measureThroughput(rig: Rig): Promise<Row[]> {
  return withServer(startEmotion(), async (server) => {
    const { clients, sweep } = await rig.capacity(server)
    const windowMs = rig.either(1500, 5000)
    const batch = await bestBatch(rig)
    const served = async () => {
      const cpu = server.cpuSeconds()
      const report = await rig.closed({ target: rig.target(server.url), clients, windowMs })
      return {
        ...report,
        // The warm-up is in the CPU time too, and about as many images a second.
        coreSeconds: (server.cpuSeconds() - cpu) / report.answers,
      }
    }
    const rounds = await interleave(rig.rounds, served, () => boundOf(rig, batch))
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

const workOf = (rig: Rig): Work => ({
  pictures: rig.pictures.small.map(({ bytes }) => bytes),
  windowMs: rig.either(800, 2500),
})

async function bestBatch(rig: Rig): Promise<number> {
  const sizes = [1, 2, 4, BATCH_SIZE_MAX]
  let best = { size: 1, perSecond: 0 }
  for (const size of sizes) {
    const { perSecond } = await rig.raw.call('sessionOnly', { ...workOf(rig), batch: size })
    if (perSecond > best.perSecond) best = { size, perSecond }
  }
  return best.size
}

async function boundOf(rig: Rig, batch: number): Promise<Bound> {
  const work = workOf(rig)
  const { perSecond: serial, coreSecondsPerImage } = await rig.raw.call('serial', work)
  const { perSecond: decode } = await rig.raw.call('decodeOnly', { ...work, concurrency: 4 })
  const { perSecond: session } = await rig.raw.call('sessionOnly', { ...work, batch })
  return { serial, coreSecondsPerImage, decode, session, cpu: rig.cores / coreSecondsPerImage }
}
