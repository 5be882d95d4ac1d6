/** R13: quantised against float models. Needs models and a configuration key that do not exist yet. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { backendConfigSchema } from '../protocol/config.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import type { LoadReport } from './harness/load_plan.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { withServer, type Harness } from './harness/harness.ts'
import { startEmotion } from './harness/server_process.ts'
import { mean } from './harness/statistics.ts'

const MODEL_DIR = path.join(ROOT_DIR, 'backends/emotion/model')

export async function measureInt8(harness: Harness): Promise<Row[]> {
  const row: Row = {
    id: 'R13',
    measure: 'INT8: throughput',
    definition: 'images/s of the quantised model / of the float one',
    value: null,
    unit: '',
    notes: [],
  }
  const files = readdirSync(MODEL_DIR).filter((file) => file.endsWith('.int8.onnx'))
  if (files.length === 0 || !Object.hasOwn(backendConfigSchema.shape, 'precision')) {
    return [{ ...row, notes: ['not measured: no int8 model'] }]
  }
  return withServer(startEmotion({ precision: 'int8' }), (int8) =>
    withServer(startEmotion(), async (float) => {
      const { clients } = await harness.capacity(float)
      const windowMs = harness.either(1500, 5000)
      const rounds = await interleave(
        harness.rounds,
        // Results differ from the float model: a matter of accuracy, not a server error.
        () =>
          harness.closed({
            target: harness.target(int8.url, {
              pictures: harness.pictures.small.map(({ bytes }) => ({ bytes, expected: null })),
            }),
            clients,
            windowMs,
          }),
        () => harness.closed({ target: harness.target(float.url), clients, windowMs }),
      )
      const rate = ({ perSecond }: LoadReport) => perSecond
      const { value, spread } = compareRatio(rounds, rate, rate)
      const of = (side: 'a' | 'b') => format(mean(rounds.flatMap((round) => round[side].map(rate))))
      const agreement = await agreementOf(harness, int8.url)
      return [
        {
          ...row,
          value,
          spread,
          notes: [
            `int8 ${of('a')}, float ${of('b')} images/s; models: ${files.join(', ')}`,
            `accuracy: ${agreement}`,
          ],
        },
      ]
    }),
  )
}

/** Agreement with the float model replaces accuracy, for lack of labelled pictures. */
async function agreementOf(harness: Harness, url: string): Promise<string> {
  const pictures = [...harness.pictures.small, harness.pictures.large]
  const target = harness.target(url, { pictures })
  const { mismatches } = await harness.load.call('closed', {
    target,
    clients: pictures.length,
    windowMs: 2000,
    warmUp: null,
  })
  return mismatches.length === 0
    ? `same prediction, faces and probabilities (within 0.01) as float on ${pictures.length} pictures`
    : `differs from float on these pictures: ${mismatches.join('; ')}`
}
