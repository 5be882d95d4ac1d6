/** R15: what emotion adds to its models: decoding, letterbox, crops, and what lies between the runs. */
import { percentileOf } from './harness/histogram.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import type { Harness } from './harness/harness.ts'
import { mean } from './harness/statistics.ts'

export async function measureFaceChain(harness: Harness): Promise<Row[]> {
  const [small] = harness.pictures.small
  if (small === undefined) throw new Error('no picture was made')
  const rows: Row[] = []
  for (const { bytes } of [small, harness.pictures.large]) rows.push(await chainOf(harness, bytes))
  return rows
}

async function chainOf(harness: Harness, bytes: Uint8Array): Promise<Row> {
  const work = { pictures: [bytes], windowMs: harness.either(500, 2000) }
  const chain = () => harness.raw.call('serial', work)
  const sessions = () => harness.raw.call('sessionOnly', { ...work, batch: 1 })
  await chain()
  const rounds = await interleave(harness.rounds, chain, sessions)
  const chainMs = ({ latency }: Awaited<ReturnType<typeof chain>>) => percentileOf([latency], 0.5)
  const runsMs = ({ perSecond }: Awaited<ReturnType<typeof sessions>>) => 1000 / perSecond
  const { value, spread, noise } = compareRatio(rounds, chainMs, runsMs)
  const whole = mean(rounds.flatMap(({ a }) => a.map(chainMs)))
  const runs = mean(rounds.flatMap(({ b }) => b.map(runsMs)))
  return {
    id: 'R15',
    measure: `face chain, ${Math.round(bytes.length / 1000)} KB`,
    definition: 'picture to answer / sum of the session.run times in it, no server',
    value,
    unit: '',
    spread,
    noise: noise * value,
    gate: { atMost: 1.35 },
    notes: [`chain ${format(whole)} ms, runs ${format(runs)} ms`],
  }
}
