import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endStarted, startNode, type RunningProcess } from '../../testing/processes.ts'
import { colourMeansModel } from '../../testing/tiny_onnx.ts'
import {
  connect,
  inferenceRequest,
  type Message,
  type WireClient,
} from '../../testing/wire_client.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'reload-'))
const model = path.join(folder, 'means.onnx')
const config = path.join(folder, 'models.yaml')
let backend: RunningProcess
let client: WireClient
let red: Buffer

/** By renaming, so that no reader sees a partial file. */
function replaceModel(bytes: Uint8Array): void {
  writeFileSync(`${model}.new`, bytes)
  renameSync(`${model}.new`, model)
}

beforeAll(async () => {
  replaceModel(colourMeansModel(8))
  writeFileSync(
    config,
    `model_backends:
  colours:
    port: 8770
    runtime: onnx
    model: ${model}
    labels: [red, green, blue]
    output: { type: classification, activation: none }
`,
  )
  backend = startNode(['scripts/backend.mjs', 'colours', '--port', '0', '--config', config])
  const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
  await backend.waitFor(/ready on/)
  client = await connect(url)
  red = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#ff0000' } })
    .png()
    .toBuffer()
})
afterAll(async () => {
  await client.close()
  await endStarted()
  rmSync(folder, { recursive: true })
})

const predictionOf = ({ data }: Message) => (data as Message).prediction

it('a replaced file is loaded beside the old model and takes over while every request is answered', async () => {
  expect(predictionOf(await client.ask(inferenceRequest('before', red)))).toBe('red')
  replaceModel(colourMeansModel(8, 'N', 'inverted'))
  let asked = 0
  let last: unknown = 'red'
  while (last === 'red' && asked < 20_000) {
    const reply = await client.ask(inferenceRequest(`r${asked++}`, red))
    expect(reply.type).toBe('inference_response')
    last = predictionOf(reply)
  }
  expect(last).not.toBe('red')
  await backend.waitFor(/model reloaded in .* no request lost/)
})

it('a broken file leaves the old model in force and is reported', async () => {
  replaceModel(Buffer.from('no model'))
  await backend.waitFor(/the old model stays in force: .*means\.onnx/)
  expect(predictionOf(await client.ask(inferenceRequest('after', red)))).not.toBe('red')
})

it('a reload message answers with the files that are in force, or with the reason', async () => {
  const refused = await client.ask({ type: 'reload', request_id: 'l1' })
  expect(refused).toMatchObject({ type: 'error', request_id: 'l1', code: 'internal' })
  expect(refused.error).toMatch(/the old model stays/)
  replaceModel(colourMeansModel(8))
  const reloaded = await client.ask({ type: 'reload', request_id: 'l2' })
  expect(reloaded).toMatchObject({
    type: 'reloaded',
    request_id: 'l2',
    models: [{ name: 'means.onnx' }],
  })
  expect(predictionOf(await client.ask(inferenceRequest('again', red)))).toBe('red')
})

it.skipIf(process.platform === 'win32')('a moved link of a folder is a new model', async () => {
  for (const [version, bytes] of [
    ['v1', colourMeansModel(8)],
    ['v2', colourMeansModel(8, 'N', 'inverted')],
  ] as const) {
    mkdirSync(path.join(folder, version))
    writeFileSync(path.join(folder, version, 'means.onnx'), bytes)
  }
  const current = path.join(folder, 'current')
  symlinkSync('v1', current)
  const linked = path.join(folder, 'linked.yaml')
  const text = readFileSync(config, 'utf8')
  writeFileSync(linked, text.replace(model, path.join(current, 'means.onnx')))
  const other = startNode(['scripts/backend.mjs', 'colours', '--port', '0', '--config', linked])
  const [, url = ''] = await other.waitFor(/listening on (ws:\/\/\S+)/)
  await other.waitFor(/ready on/)
  const asking = await connect(url)
  expect(predictionOf(await asking.ask(inferenceRequest('v1', red)))).toBe('red')
  // Like `ln -sfn v2 current`.
  symlinkSync('v2', `${current}.new`)
  renameSync(`${current}.new`, current)
  await other.waitFor(/model reloaded in .* no request lost/)
  expect(predictionOf(await asking.ask(inferenceRequest('v2', red)))).not.toBe('red')
  await asking.close()
})
