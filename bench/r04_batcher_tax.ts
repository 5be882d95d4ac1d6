/** R4: what gathering into batches costs, against the same batches run without a queue. */
import type { BatchMix } from './rig/raw_plan.ts'
import { compareRatio, interleave } from './rig/interleave.ts'
import { format, type Row } from './rig/row.ts'
import { BATCH_SIZE_MAX, withServer, type Rig } from './rig/rig.ts'
import { startEmotion } from './rig/server_process.ts'
import { mean } from './rig/statistics.ts'

const CLIENTS = 32

export async function measureBatcherTax(rig: Rig): Promise<Row[]> {
  // With the cache on, decoding costs neither side anything: the batcher and the model are left.
  const settings = { max_batch_size: BATCH_SIZE_MAX, cache_size: 128 }
  return withServer(startEmotion(settings), async (server) => {
    const windowMs = rig.either(1500, 4000)
    const served = () => rig.closed({ target: rig.target(server.url), clients: CLIENTS, windowMs })
    const { batchSizes: mix } = await served()
    const pictures = rig.pictures.small.map(({ bytes }) => bytes)
    const raw = () => rig.raw.call('inferMix', { pictures, windowMs, mix })
    const rounds = await interleave(rig.rounds, served, raw)
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
