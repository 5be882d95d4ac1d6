/** R4: the cost of batching, against the same batches without a queue. */
import type { BatchMix } from './harness/raw_plan.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { BATCH_SIZE_MAX, withServer, type Harness } from './harness/harness.ts'
import { startEmotion } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

const CLIENTS = 32

export async function measureBatcherTax(harness: Harness): Promise<Row[]> {
  // With the cache on, neither side decodes: batcher and model remain.
  const settings = { max_batch_size: BATCH_SIZE_MAX, cache_size: 128 }
  return withServer(startEmotion(settings), async (server) => {
    const windowMs = harness.either(1500, 4000)
    const served = () =>
      harness.closed({ target: harness.target(server.url), clients: CLIENTS, windowMs })
    const { batchSizes: mix } = await served()
    const pictures = harness.pictures.small.map(({ bytes }) => bytes)
    const raw = () => harness.raw.call('inferMix', { pictures, windowMs, mix })
    const rounds = await interleave(harness.rounds, served, raw)
    const perSecond = ({ perSecond: rate }: { perSecond: number }) => rate
    const { value, spread, noise } = compareRatio(rounds, perSecond, perSecond)
    const rateOf = (side: 'a' | 'b') =>
      format(mean(rounds.flatMap((round) => round[side].map(perSecond))))
    return [
      {
        id: 'R4',
        measure: 'batcher tax',
        definition: `served images/s with the batcher (${CLIENTS} clients, decoding cached) / raw inference stage at the same mix of batch sizes`,
        value,
        unit: '',
        spread,
        noise: noise * value,
        gate: { atLeast: 0.95 },
        notes: [
          `served ${rateOf('a')}, raw ${rateOf('b')} images/s`,
          `mix of batch sizes: ${describeMix(mix)}`,
        ],
      },
    ]
  })
}

function describeMix(mix: BatchMix): string {
  const images = Object.values(mix).reduce((total, count) => total + count, 0)
  return Object.entries(mix)
    .map(([size, count]) => `${size}: ${((100 * count) / images).toFixed(0)} %`)
    .join(', ')
}
