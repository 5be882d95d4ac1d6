/** R14: what the gateway adds to a request, against the backend's own port; and what a relay adds that reads nothing. */
import { programFile } from './harness/bundle.ts'
import type { Picture, Target } from './harness/load_plan.ts'
import { compareDifference, interleave } from './harness/interleave.ts'
import { percentile, withServer, type Harness } from './harness/harness.ts'
import { openPanel, type Panel } from './harness/panel.ts'
import { format, type Row } from './harness/row.ts'
import {
  cpuSecondsOf,
  startServer,
  startServing,
  type ServerProcess,
} from './harness/server_process.ts'
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
      return await withServer(startServer([programFile('relay'), identity.url]), async (relay) => {
        const rows: Row[] = []
        for (const form of ['text', 'binary'] as const) {
          for (const picture of pictures) {
            rows.push(...(await taxOf(harness, { identity, panel, relay }, picture, form)))
          }
        }
        return rows
      })
    } finally {
      await panel.close()
    }
  })
}

async function taxOf(
  harness: Harness,
  { identity, panel, relay }: { identity: ServerProcess; panel: Panel; relay: ServerProcess },
  picture: Picture,
  form: Target['form'],
): Promise<Row[]> {
  const windowMs = harness.either(400, 1500)
  const shared = { form, pictures: [picture] }
  const run = (url: string) =>
    harness.closed({ target: harness.target(url, shared), clients: 1, windowMs, isWarm: true })
  const over = async (pid: number, url: string) => {
    const before = cpuSecondsOf(pid)
    const report = await run(url)
    return { report, cpuMs: ((cpuSecondsOf(pid) - before) * 1000) / report.answers }
  }
  const through = () => over(panel.pid, panel.gatewayOf('identity'))
  const relayed = () => over(relay.pid, relay.url)
  const direct = () => run(identity.url)
  await through()
  await direct()
  await relayed()
  const rounds = await interleave(harness.rounds, through, direct)
  const floors = await interleave(harness.rounds, relayed, direct)
  const p50Through = ({ report }: Awaited<ReturnType<typeof through>>) => percentile(report, 0.5)
  const p50Direct = (report: Awaited<ReturnType<typeof direct>>) => percentile(report, 0.5)
  const { value, spread, noise } = compareDifference(rounds, p50Through, p50Direct)
  const floor = compareDifference(floors, p50Through, p50Direct).value
  const floorCpu = median(floors.flatMap(({ a }) => a.map(({ cpuMs }) => cpuMs)))
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
      notes: [
        `${format(directMs)} ms on the own port of a backend without work`,
        `a TCP relay in Node, which reads nothing, adds ${format(floor)} ms`,
      ],
    },
    {
      id: 'R14',
      measure: `CPU of the gateway, ${what}`,
      definition: 'CPU time of the control plane per request',
      value: median(cpu),
      unit: 'ms',
      spread: rangeOf(cpu),
      ...(isLarge ? { gate: { atMost: 0.3 } } : {}),
      notes: [`a TCP relay in Node takes ${format(floorCpu)} ms`],
    },
  ]
}
