/** Doubts about a model over the wire: in the health reply, in each reply, in one log line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, it } from 'vitest'
import { endStarted, startNode } from '../../testing/processes.ts'
import { colourMeansModel } from '../../testing/tiny_onnx.ts'
import { connect, inferenceRequest } from '../../testing/wire_client.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'open-questions-'))
afterAll(async () => {
  await endStarted()
  rmSync(folder, { recursive: true })
})

it('a warning about the model is in every reply and in the health answer, and in the log once', async () => {
  const model = path.join(folder, 'means.onnx')
  const config = path.join(folder, 'models.yaml')
  writeFileSync(model, colourMeansModel(8))
  writeFileSync(
    config,
    `model_backends:
  colours:
    port: 8770
    runtime: onnx
    model: ${model}
    sessions: 1
    output: { type: classification, activation: none }
`,
  )
  const red = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#ff0000' } })
    .png()
    .toBuffer()
  const backend = startNode(['scripts/backend.mjs', 'colours', '--port', '0', '--config', config])
  const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
  await backend.waitFor(/ready on/)
  const client = await connect(url)
  const message =
    'no labels are set, and output "means" is read as 3 classes. Set labels, or confirm the number with output.classes: 3'
  const warnings = [{ code: 'classes_unverified', message }]
  for (const id of ['a', 'b']) {
    expect(await client.ask(inferenceRequest(id, red))).toMatchObject({
      data: { prediction: 'class 0' },
      warnings,
    })
  }
  expect(await client.ask({ type: 'health_check' })).toMatchObject({ warnings })
  await client.close()
  // Log lines follow the reply, but precede the exit.
  await endStarted()
  expect(backend.output().split(message)).toHaveLength(2)
})
