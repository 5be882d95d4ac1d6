/** R5: benefits and costs of batching, always together. */
import type { LoadReport } from './harness/load_plan.ts'
import { compareRatio, interleave, type Compared, type Round } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import {
  BATCH_SIZE_MAX,
  mergedPercentile,
  percentile,
  withServer,
  type Harness,
} from './harness/harness.ts'
import { startEmotion, type ServerProcess } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

const CLIENTS = 32
type Rounds = Round<LoadReport, LoadReport>[]

export async function measureBatchingHonesty(harness: Harness): Promise<Row[]> {
  return withServer(startEmotion({ max_batch_size: BATCH_SIZE_MAX }), (on) =>
    withServer(startEmotion({ max_batch_size: 1 }), async (off) => {
      const busy = await compare(harness, { on, off }, CLIENTS, harness.either(1500, 4000))
      const alone = await compare(harness, { on, off }, 1, harness.either(800, 3000))
      const p95 = (report: LoadReport) => percentile(report, 0.95)
      const rate = ({ perSecond }: LoadReport) => perSecond
      const definition = `max_batch_size ${BATCH_SIZE_MAX} / 1`
      const row = (
        measure: string,
        { value, spread, noise }: Compared,
        more: Pick<Row, 'gate' | 'notes'>,
      ): Row => ({
        id: 'R5',
        measure,
        definition,
        value,
        unit: '',
        spread,
        noise: noise * value,
        ...more,
      })
      return [
        row(`batching: throughput, ${CLIENTS} clients`, compareRatio(busy, rate, rate), {
          notes: [`on ${meanRate(busy, 'a')}, off ${meanRate(busy, 'b')} images/s`],
        }),
        row(`batching: p95, ${CLIENTS} clients`, compareRatio(busy, p95, p95), {
          notes: [`on ${p95Of(busy, 'a')}, off ${p95Of(busy, 'b')} ms`],
        }),
        row('batching: p95, 1 client', compareRatio(alone, p95, p95), {
          gate: { atMost: 1.05 },
          notes: [`on ${p95Of(alone, 'a')}, off ${p95Of(alone, 'b')} ms`],
        }),
      ]
    }),
  )
}

async function compare(
  harness: Harness,
  { on, off }: { on: ServerProcess; off: ServerProcess },
  clients: number,
  windowMs: number,
): Promise<Rounds> {
  const run = (server: ServerProcess, isWarm: boolean) =>
    harness.closed({ target: harness.target(server.url), clients, windowMs, isWarm })
  await run(on, false)
  await run(off, false)
  // With many clients each window needs a full queue first.
  const isWarm = clients === 1
  return interleave(
    harness.rounds,
    () => run(on, isWarm),
    () => run(off, isWarm),
  )
}

const meanRate = (rounds: Rounds, side: 'a' | 'b') =>
  format(mean(rounds.flatMap((round) => round[side].map(({ perSecond }) => perSecond))))

const p95Of = (rounds: Rounds, side: 'a' | 'b') =>
  format(
    mergedPercentile(
      rounds.flatMap((round) => round[side]),
      0.95,
    ),
  )
