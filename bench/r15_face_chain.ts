/** R15: what emotion adds to its models: decoding, letterbox, crops, and what lies between the runs. */
import { format, type Row } from './harness/row.ts'
import type { Harness } from './harness/harness.ts'
import { median, rangeOf } from './harness/statistics.ts'

export async function measureFaceChain(harness: Harness): Promise<Row[]> {
  const [small] = harness.pictures.small
  if (small === undefined) throw new Error('no picture was made')
  const rows: Row[] = []
  // Decoding alone is a third of the large picture's sessions, so its row is reported only.
  rows.push({ ...(await chainOf(harness, small.bytes)), gate: { atMost: 1.35 } })
  rows.push(await chainOf(harness, harness.pictures.large.bytes))
  return rows
}

async function chainOf(harness: Harness, bytes: Uint8Array): Promise<Row> {
  const work = { pictures: [bytes], windowMs: harness.either(500, 2000) }
  await harness.raw.call('chain', work)
  const ratios: number[] = []
  const notes: string[] = []
  for (let round = 0; round < harness.rounds; round++) {
    const times = await harness.raw.call('chain', work)
    const wholeMs = median(times.map((one) => one.wholeMs))
    const runsMs = median(times.map((one) => one.runsMs))
    ratios.push(wholeMs / runsMs)
    notes.push(`chain ${format(wholeMs)} ms, runs ${format(runsMs)} ms`)
  }
  return {
    id: 'R15',
    measure: `face chain, ${Math.round(bytes.length / 1000)} KB`,
    definition: 'picture to answer / sum of the session.run times in it, no server',
    value: median(ratios),
    unit: '',
    spread: rangeOf(ratios),
    notes,
  }
}
