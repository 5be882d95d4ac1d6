/** R6: 256 concurrent clients: as fast as the best count, evenly slow, and fair. */
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { mergedPercentile, percentile, withServer, type Harness } from './harness/harness.ts'
import { startEmotion } from './harness/server_process.ts'
import { mean, median, rangeOf } from './harness/statistics.ts'

const CLIENTS = 256
/** Replies per client in a window, so that one more or less is below a tenth. */
const ANSWERS_PER_CLIENT = { quick: 4, thorough: 12 }

export async function measureScaling(harness: Harness): Promise<Row[]> {
  return withServer(startEmotion(), async (server) => {
    const { clients: best } = await harness.capacity(server)
    const answers = ANSWERS_PER_CLIENT[harness.isQuick ? 'quick' : 'thorough']
    const target = harness.target(server.url)
    const answersMin = CLIENTS * answers
    const many = () => harness.closed({ target, clients: CLIENTS, windowMs: 1000, answersMin })
    // The windows are long: one round replaces several short ones.
    const rounds = await interleave(harness.isQuick ? 1 : 3, many, () =>
      harness.closed({ target, clients: best, windowMs: harness.either(3000, 10_000) }),
    )
    const reports = rounds.flatMap(({ a }) => a)
    const rate = ({ perSecond: images }: { perSecond: number }) => images
    const scaling = compareRatio(rounds, rate, rate)
    const tails = reports.map((report) => percentile(report, 0.99) / percentile(report, 0.5))
    const fairness = reports.map(({ clientRates }) => {
      const [slowest, fastest] = rangeOf(clientRates)
      return clientRates.length < CLIENTS ? 0 : slowest / fastest
    })
    const ms = (share: number) => format(mergedPercentile(reports, share))
    const counts = reports.map(({ clientRates }) => clientRates.length).join(', ')
    return [
      {
        id: 'R6',
        measure: 'scaling: throughput',
        definition: `images/s at ${CLIENTS} clients / at the best count`,
        value: scaling.value,
        unit: '',
        spread: scaling.spread,
        noise: scaling.noise * scaling.value,
        gate: { atLeast: 0.95 },
        notes: [
          `${format(mean(reports.map(rate)))} images/s at ${CLIENTS}, best at ${best}: ${format(mean(rounds.flatMap(({ b }) => b.map(rate))))}`,
        ],
      },
      {
        id: 'R6',
        measure: 'scaling: tail',
        definition: `p99 / p50 at ${CLIENTS} clients`,
        value: median(tails),
        unit: '',
        spread: rangeOf(tails),
        gate: { atMost: 1.5 },
        notes: [`p50 ${ms(0.5)}, p95 ${ms(0.95)}, p99 ${ms(0.99)} ms`],
      },
      {
        id: 'R6',
        measure: 'scaling: fairness',
        definition: `images/s of the slowest / fastest of ${CLIENTS} clients`,
        value: median(fairness),
        unit: '',
        spread: rangeOf(fairness),
        gate: { atLeast: 0.8 },
        notes: [`clients with three answers or more: ${counts}; one without counts as 0`],
      },
    ]
  })
}
