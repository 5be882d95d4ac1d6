/** R2: a no-op backend against a bare echo of the same bytes: the cost of protocol and thread. */
import { programFile } from './harness/bundle.ts'
import type { Picture, Target } from './harness/load_plan.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { mergedPercentile, percentile, withServer, type Harness } from './harness/harness.ts'
import { startServer, startServing, type ServerProcess } from './harness/server_process.ts'

export async function measureProtocolTax(harness: Harness): Promise<Row[]> {
  const [first] = harness.pictures.small
  if (first === undefined) throw new Error('no picture was made')
  // The identity backend has no prediction to compare.
  const small = { ...first, expected: null }
  const large = { ...harness.pictures.large, expected: null }
  return withServer(startServing('identity', 'identityWorker'), (identity) =>
    withServer(startServer([programFile('echo')]), async (echo) => [
      await taxOf(harness, { identity, echo }, small, 'text'),
      await taxOf(harness, { identity, echo }, large, 'text'),
      await taxOf(harness, { identity, echo }, small, 'binary'),
      await taxOf(harness, { identity, echo }, large, 'binary'),
    ]),
  )
}

async function taxOf(
  harness: Harness,
  { identity, echo }: { identity: ServerProcess; echo: ServerProcess },
  picture: Picture,
  form: Target['form'],
): Promise<Row> {
  const windowMs = harness.either(400, 1500)
  const shared = { form, pictures: [picture] }
  const run = (target: Target) => harness.closed({ target, clients: 1, windowMs, isWarm: true })
  const ofIdentity = () => run(harness.target(identity.url, shared))
  const ofEcho = () => run(harness.target(echo.url, { ...shared, replies: 'echo' }))
  await ofIdentity()
  await ofEcho()
  const rounds = await interleave(harness.rounds, ofIdentity, ofEcho)
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
