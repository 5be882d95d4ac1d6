import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { endStarted, startNode, until, type RunningProcess } from '../../testing/processes.ts'
import { tinyModel } from '../../testing/tiny_onnx.ts'
import {
  connect,
  inferenceRequest,
  type Message,
  type WireClient,
} from '../../testing/wire_client.ts'

const LABELS = ['red', 'green', 'blue']
const SIDE = 64
let folder: string
let model: string
let red: Buffer
let client: WireClient | undefined

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'external-'))
  model = path.join(folder, 'm.onnx')
  red = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#ff0000' } })
    .png()
    .toBuffer()
})
afterEach(async () => {
  await client?.close()
  client = undefined
  await endStarted()
  rmSync(folder, { recursive: true })
})
afterAll(endStarted)

/**
 * Adds a bias of 5 to the channel of `label`, which becomes the answer for any picture. Its weights fill several
 * memory pages.
 */
function biased(label: string, external = 'm.onnx.data') {
  const channel = LABELS.indexOf(label)
  const pixels = SIDE * SIDE
  const bias = Float32Array.from({ length: 3 * pixels }, (_, at) =>
    Math.floor(at / pixels) === channel ? 5 : 0,
  )
  return tinyModel({
    input: ['N', 3, SIDE, SIDE],
    nodes: [
      { opType: 'Add', input: ['x', 'bias'], output: ['sum'] },
      { opType: 'GlobalAveragePool', input: ['sum'], output: ['scores'] },
    ],
    outputs: { scores: ['N', 3, 1, 1] },
    weights: { bias: { shape: [3, SIDE, SIDE], values: bias } },
    external,
  })
}
function write(label: string, external = 'm.onnx.data'): void {
  const { model: bytes, data } = biased(label, external)
  mkdirSync(path.dirname(path.join(folder, external)), { recursive: true })
  writeFileSync(path.join(folder, external), data)
  writeFileSync(model, bytes)
}

function start(labels: string = JSON.stringify(LABELS)): RunningProcess {
  const config = path.join(folder, 'models.yaml')
  writeFileSync(
    config,
    `model_backends:
  colours:
    port: 8770
    runtime: onnx
    model: ${model}
    labels: ${labels}
    sessions: 1
    output: { type: classification }
`,
  )
  return startNode(['scripts/backend.mjs', 'colours', '--port', '0', '--config', config])
}
async function ready(backend: RunningProcess): Promise<void> {
  const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
  await backend.waitFor(/ready on/)
  client = await connect(url)
}
const ask = async (message: Message): Promise<Message> => {
  if (client === undefined) throw new Error('no backend is ready')
  return client.ask(message)
}
const prediction = async (): Promise<unknown> => {
  const reply = await ask(inferenceRequest('r', red))
  return reply.type === 'inference_response' ? (reply.data as Message).prediction : reply
}
const untilAnswer = (label: string) =>
  until(`the answer to be ${label}`, async () => (await prediction()) === label)
const card = async () => {
  const { models } = await ask({ type: 'health_check' })
  return (models as { sha256: string; bytes: number; path: string }[])[0]
}

it('a weights file that is shortened while requests run costs none of them, and is loaded when it is whole again', async () => {
  write('green')
  const backend = start()
  await ready(backend)
  expect(await prediction()).toBe('green')
  const data = path.join(folder, 'm.onnx.data')
  truncateSync(data, 0)
  await until('the shortened file to be noticed', async () => {
    expect(await prediction()).toBe('green')
    return /the old model stays in force: .*m\.onnx\.data is incomplete: 0/.test(backend.output())
  })
  expect(await prediction()).toBe('green')
  writeFileSync(data, biased('blue').data)
  await untilAnswer('blue')
})

it('a weights file that is deleted while requests run costs none of them, and is loaded when it comes back', async () => {
  write('green')
  const backend = start()
  await ready(backend)
  const data = path.join(folder, 'm.onnx.data')
  rmSync(data)
  await until('the deletion to be noticed', async () => {
    expect(await prediction()).toBe('green')
    return /the old model stays in force: .*m\.onnx\.data cannot be opened/.test(backend.output())
  })
  expect(await prediction()).toBe('green')
  writeFileSync(data, biased('blue').data)
  await untilAnswer('blue')
})

it('a weights file that is replaced alone is a new model, with another hash', async () => {
  write('green')
  await ready(start())
  const before = await card()
  const { model: bytes, data } = biased('red')
  expect(before).toMatchObject({ path: model, bytes: bytes.length + data.length })
  const copy = path.join(folder, 'copy')
  writeFileSync(copy, data)
  renameSync(copy, path.join(folder, 'm.onnx.data'))
  await untilAnswer('red')
  const after = await card()
  expect(after?.bytes).toBe(before?.bytes)
  expect(after?.sha256).not.toBe(before?.sha256)
})

it('a model that names weights which are still missing is loaded when they come', async () => {
  write('green')
  const backend = start()
  await ready(backend)
  const next = biased('blue', 'sub/next.bin')
  writeFileSync(model, next.model)
  await backend.waitFor(/the old model stays in force: .*next\.bin cannot be opened \(ENOENT\)/)
  expect(await prediction()).toBe('green')
  mkdirSync(path.join(folder, 'sub'))
  writeFileSync(path.join(folder, 'sub', 'next.bin'), next.data)
  await untilAnswer('blue')
})

it.each([
  ['missing', () => rmSync(path.join(folder, 'm.onnx.data')), /m\.onnx\.data cannot be opened/],
  [
    'cut off',
    () => {
      truncateSync(path.join(folder, 'm.onnx.data'), 4096)
    },
    /m\.onnx\.data is incomplete: 4096 bytes, and the model needs 49152/,
  ],
  [
    'outside the folder of the model',
    () => {
      writeFileSync(model, biased('red', '../m.onnx.data').model)
    },
    /external data at \.\.\/m\.onnx\.data, outside its folder/,
  ],
])('weights that are %s are named at the start', async (_title, spoil, message) => {
  write('green')
  spoil()
  const backend = start()
  await backend.waitFor(message)
  expect(await backend.exited).toMatchObject({ code: 3 })
})

it('labels that are edited are read again', async () => {
  write('green')
  const labels = path.join(folder, 'labels.txt')
  writeFileSync(labels, LABELS.join('\n'))
  const backend = start(labels)
  await ready(backend)
  expect(await prediction()).toBe('green')
  writeFileSync(labels, 'red\ngreen\n')
  await backend.waitFor(/the old model stays in force: .* has 3 classes, and labels\.txt has 2/)
  expect(await prediction()).toBe('green')
  writeFileSync(labels, 'rot\ngrün\nblau\n')
  await untilAnswer('grün')
})
