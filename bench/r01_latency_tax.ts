/** R1: what server, queue and thread add to the work itself, for one client. */
import type { Picture, Target } from './harness/load_plan.ts'
import { percentileOf } from './harness/histogram.ts'
import { compareDifference, compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { percentile, withServer, type Harness } from './harness/harness.ts'
import { startEmotion, type ServerProcess } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

export async function measureLatencyTax(harness: Harness): Promise<Row[]> {
  const [small] = harness.pictures.small
  if (small === undefined) throw new Error('no picture was made')
  return withServer(startEmotion(), async (server) => [
    ...(await taxOf(harness, server, small, 'text')),
    ...(await taxOf(harness, server, harness.pictures.large, 'text')),
    ...(await taxOf(harness, server, small, 'binary')),
    ...(await taxOf(harness, server, harness.pictures.large, 'binary')),
  ])
}

async function taxOf(
  harness: Harness,
  server: ServerProcess,
  picture: Picture,
  form: Target['form'],
): Promise<Row[]> {
  const target = harness.target(server.url, { form, pictures: [picture] })
  const windowMs = harness.either(500, 2000)
  const answersMin = harness.either(8, 40)
  const served = () => harness.closed({ target, clients: 1, windowMs, answersMin, isWarm: true })
  const raw = () =>
    harness.raw.call('serial', { pictures: [picture.bytes], windowMs, imagesMin: answersMin })
  await served()
  await raw()
  const rounds = await interleave(harness.rounds, served, raw)
  const p50Served = (report: Awaited<ReturnType<typeof served>>) => percentile(report, 0.5)
  const p50Raw = ({ latency }: Awaited<ReturnType<typeof raw>>) => percentileOf([latency], 0.5)
  const ratio = compareRatio(rounds, p50Served, p50Raw)
  const added = compareDifference(rounds, p50Served, p50Raw)
  const servedMs = mean(rounds.flatMap(({ a }) => a.map(p50Served)))
  const rawMs = mean(rounds.flatMap(({ b }) => b.map(p50Raw)))
  const stages = rounds.flatMap(({ a }) => a.map((report) => report.stages))
  const stage = (name: string) => format(mean(stages.map((one) => one[name] ?? NaN)))
  const what = `${Math.round(picture.bytes.length / 1000)} KB, ${form}`
  const notes = [
    `served ${format(servedMs)} ms, raw ${format(rawMs)} ms`,
    `stages in the reply: queue ${stage('queue_ms')}, preprocess ${stage('preprocess_ms')}, inference ${stage('inference_ms')}, total ${stage('total_ms')} ms`,
  ]
  const shared = { id: 'R1', definition: 'served p50 / raw p50, 1 client' }
  return [
    {
      ...shared,
      measure: `latency tax, ${what}`,
      value: ratio.value,
      unit: '',
      spread: ratio.spread,
      noise: ratio.noise * ratio.value,
      gate: { atMost: 1.15 },
      notes,
    },
    {
      ...shared,
      measure: `latency added, ${what}`,
      definition: 'served p50 - raw p50, 1 client',
      value: added.value,
      unit: 'ms',
      spread: added.spread,
      noise: added.noise * servedMs,
      gate: { atMost: 1.2 },
      notes: [],
    },
  ]
}
