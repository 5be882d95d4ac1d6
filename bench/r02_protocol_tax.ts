/** R2: a backend that does nothing against a bare echo of the same bytes: the price of the protocol and of the thread. */
import { programFile } from './rig/bundle.ts'
import type { Picture, Target } from './rig/load_plan.ts'
import { compareRatio, interleave } from './rig/interleave.ts'
import { format, type Row } from './rig/row.ts'
import { mergedPercentile, percentile, withServer, type Rig } from './rig/rig.ts'
import { startServer, startServing, type ServerProcess } from './rig/server_process.ts'

export async function measureProtocolTax(rig: Rig): Promise<Row[]> {
  const [first] = rig.pictures.small
  if (first === undefined) throw new Error('no picture was made')
  // The identity backend has no prediction that could be compared.
  const small = { ...first, expected: null }
  const large = { ...rig.pictures.large, expected: null }
  return withServer(startServing('identity', 'identityWorker'), (identity) =>
    withServer(startServer([programFile('echo')]), async (echo) => [
      await taxOf(rig, { identity, echo }, small, 'text'),
      await taxOf(rig, { identity, echo }, large, 'text'),
      await taxOf(rig, { identity, echo }, small, 'binary'),
      await taxOf(rig, { identity, echo }, large, 'binary'),
    ]),
  )
}

async function taxOf(
  rig: Rig,
  { identity, echo }: { identity: ServerProcess; echo: ServerProcess },
  picture: Picture,
  form: Target['form'],
): Promise<Row> {
  const windowMs = rig.either(400, 1500)
  const shared = { form, pictures: [picture] }
  const run = (target: Target) => rig.closed({ target, clients: 1, windowMs, isWarm: true })
  const ofIdentity = () => run(rig.target(identity.url, shared))
  const ofEcho = () => run(rig.target(echo.url, { ...shared, replies: 'echo' }))
  await ofIdentity()
  await ofEcho()
  const rounds = await interleave(rig.rounds, ofIdentity, ofEcho)
  const p50 = (report: Awaited<ReturnType<typeof ofEcho>>) => percentile(report, 0.5)
  const { value, spread, noise } = compareRatio(rounds, p50, p50)
  const identityMs = mergedPercentile(
    rounds.flatMap(({ a }) => a),
    0.5,
  )
  const echoMs = mergedPercentile(
    rounds.flatMap(({ b }) => b),
    0.5,
  )
  return {
    id: 'R2',
    measure: `protocol tax, ${Math.round(picture.bytes.length / 1000)} KB, ${form}`,
    definition: 'identity backend p50 / bare ws echo p50, 1 client',
    value,
    unit: '',
    spread,
    noise: noise * value,
    gate: { atMost: 2 },
    notes: [
      `identity ${format(identityMs)} ms, echo ${format(echoMs)} ms; ${format(identityMs - echoMs)} ms added`,
    ],
  }
}
