/** R13: the quantised models beside the float ones. Waits for models and a configuration key that do not exist yet. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { backendConfigSchema } from '../protocol/config.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import type { LoadReport } from './rig/load_plan.ts'
import { compareRatio, interleave } from './rig/interleave.ts'
import { format, type Row } from './rig/row.ts'
import { withServer, type Rig } from './rig/rig.ts'
import { startEmotion } from './rig/server_process.ts'
import { mean } from './rig/statistics.ts'

const MODEL_DIR = path.join(ROOT_DIR, 'backends/emotion/model')

export async function measureInt8(rig: Rig): Promise<Row[]> {
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
      const { clients } = await rig.capacity(float)
      const windowMs = rig.either(1500, 5000)
      const rounds = await interleave(
        rig.rounds,
        // Its answers differ from the float ones; how much is the accuracy's business, not an error of the server.
        () =>
          rig.closed({
            target: rig.target(int8.url, {
              pictures: rig.pictures.small.map(({ bytes }) => ({ bytes, expected: null })),
            }),
            clients,
            windowMs,
          }),
        () => rig.closed({ target: rig.target(float.url), clients, windowMs }),
      )
      const rate = ({ perSecond }: LoadReport) => perSecond
      const { value, spread } = compareRatio(rounds, rate, rate)
      const of = (side: 'a' | 'b') => format(mean(rounds.flatMap((round) => round[side].map(rate))))
      const agreement = await agreementOf(rig, int8.url)
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

/** No labelled pictures are here: agreement with the float model stands in for accuracy. */
async function agreementOf(rig: Rig, url: string): Promise<string> {
  const pictures = [...rig.pictures.small, rig.pictures.large]
  const target = rig.target(url, { pictures })
  const { mismatches } = await rig.load.call('closed', {
    target,
    clients: pictures.length,
    windowMs: 2000,
    warmUp: null,
  })
  return mismatches.length === 0
    ? `same prediction, faces and probabilities (within 0.01) as float on ${pictures.length} pictures`
    : `differs from float on these pictures: ${mismatches.join('; ')}`
}
