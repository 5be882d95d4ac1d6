/** R14: what the gateway adds to a request, against the backend's own port. */
import type { Picture, Target } from './harness/load_plan.ts'
import { compareDifference, interleave } from './harness/interleave.ts'
import { percentile, withServer, type Harness } from './harness/harness.ts'
import { openPanel, type Panel } from './harness/panel.ts'
import { format, type Row } from './harness/row.ts'
import { cpuSecondsOf, startServing, type ServerProcess } from './harness/server_process.ts'
import { mean, median, rangeOf } from './harness/statistics.ts'

const KB_LARGE = 100

export async function measureGatewayTax(harness: Harness): Promise<Row[]> {
  const [first] = harness.pictures.small
  if (first === undefined) throw new Error('no picture was made')
  // A backend without work, so that the difference is not lost in the noise of a model.
  const pictures = [first, harness.pictures.large].map((picture) => ({
    ...picture,
    expected: null,
  }))
  return withServer(startServing('identity', 'identityWorker'), async (identity) => {
    const port = new URL(identity.url).port
    const section = ['  identity:', '    runtime: external', `    port: ${port}`]
    const panel = await openPanel(section)
    try {
      await panel.call('backends.start', 'identity')
      await panel.where('identity', 'ready')
      await panel.stop()
      const rows: Row[] = []
      for (const form of ['text', 'binary'] as const) {
        for (const picture of pictures) {
          rows.push(...(await taxOf(harness, { identity, panel }, picture, form)))
        }
      }
      return rows
    } finally {
      await panel.close()
    }
  })
}

async function taxOf(
  harness: Harness,
  { identity, panel }: { identity: ServerProcess; panel: Panel },
  picture: Picture,
  form: Target['form'],
): Promise<Row[]> {
  const windowMs = harness.either(400, 1500)
  const shared = { form, pictures: [picture] }
  const run = (url: string) =>
    harness.closed({ target: harness.target(url, shared), clients: 1, windowMs, isWarm: true })
  const through = async () => {
    const before = cpuSecondsOf(panel.pid)
    const report = await run(panel.gatewayOf('identity'))
    return { report, cpuMs: ((cpuSecondsOf(panel.pid) - before) * 1000) / report.answers }
  }
  const direct = () => run(identity.url)
  await through()
  await direct()
  const rounds = await interleave(harness.rounds, through, direct)
  const p50Through = ({ report }: Awaited<ReturnType<typeof through>>) => percentile(report, 0.5)
  const p50Direct = (report: Awaited<ReturnType<typeof direct>>) => percentile(report, 0.5)
  const { value, spread, noise } = compareDifference(rounds, p50Through, p50Direct)
  const cpu = rounds.flatMap(({ a }) => a.map(({ cpuMs }) => cpuMs))
  const directMs = mean(rounds.flatMap(({ b }) => b.map(p50Direct)))
  const isLarge = picture.bytes.length > KB_LARGE * 1000
  const what = `${Math.round(picture.bytes.length / 1000)} KB, ${form}`
  return [
    {
      id: 'R14',
      measure: `gateway tax, ${what}`,
      definition: 'p50 through the gateway - p50 on the own port, 1 client',
      value,
      unit: 'ms',
      spread,
      noise: noise * (directMs + value),
      gate: { atMost: isLarge ? 0.6 : 0.3 },
      notes: [`${format(directMs)} ms on the own port of a backend without work`],
    },
    {
      id: 'R14',
      measure: `CPU of the gateway, ${what}`,
      definition: 'CPU time of the control plane per request',
      value: median(cpu),
      unit: 'ms',
      spread: rangeOf(cpu),
      ...(isLarge ? { gate: { atMost: 0.3 } } : {}),
      notes: [],
    },
  ]
}
