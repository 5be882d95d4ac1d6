/** Real, tiny and damaged model files. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { WebSocketServer } from 'ws'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ROOT_DIR } from '../../testing/processes.ts'
import { colourMeansModel, int, MEANS_NODES, tinyModel } from '../../testing/tiny_onnx.ts'
import { inspectModels } from './inspect_models.ts'
import { readOnnxHeader } from '../../files/onnx_header.ts'
import { Profiler } from './profile_model.ts'
import { reloadModels } from './reload_models.ts'

const REAL = path.join(ROOT_DIR, 'backends/emotion/model/mini_xception.onnx')

let dir: string
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'models-'))
})
afterAll(() => {
  rmSync(dir, { recursive: true })
})
const written = (name: string, bytes: Uint8Array) => {
  const file = path.join(dir, name)
  writeFileSync(file, bytes)
  return file
}

describe('the header of a model file', () => {
  it('names inputs, outputs, open axes, operators and opset', async () => {
    expect(await readOnnxHeader(written('means.onnx', colourMeansModel(4)))).toEqual({
      ir_version: 8,
      producer: '',
      graph: 'colour_means',
      opsets: [{ domain: 'ai.onnx', version: 17 }],
      metadata: {},
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 3, 4, 4] }],
      outputs: [{ name: 'means', type: 'float32', shape: ['N', 3], operator: 'GlobalAveragePool' }],
      nodes: 3,
      operators: [
        { operator: 'Flatten', nodes: 1 },
        { operator: 'GlobalAveragePool', nodes: 1 },
        { operator: 'Identity', nodes: 1 },
      ],
      weight_bytes: 0,
      external_data: [],
    })
  })

  it('names the files that hold weights, with the size that the weights need, and counts them', async () => {
    const values = new Float32Array(6)
    const { model } = tinyModel({
      nodes: MEANS_NODES,
      outputs: { means: ['N', 3] },
      weights: { a: { shape: [6], values }, b: { shape: [2, 3], values } },
      external: 'sub/weights.bin',
    })
    const header = await readOnnxHeader(written('external.onnx', model))
    expect(header.external_data).toEqual([{ location: 'sub/weights.bin', bytes: 48 }])
    expect(header.weight_bytes).toBeGreaterThan(48)
  })

  it('names the last operator that computes an output, behind those that only move values', async () => {
    const { model } = tinyModel({
      nodes: [
        ...MEANS_NODES,
        { opType: 'Softmax', input: ['means'], output: ['p'] },
        { opType: 'Cast', input: ['p'], output: ['half'], attribute: [int('to', 10)] },
        { opType: 'Identity', input: ['half'], output: ['out'] },
      ],
      outputs: { out: ['N', 3], x: ['N', 3] },
      outputType: 10,
    })
    const { outputs } = await readOnnxHeader(written('softmax.onnx', model))
    expect(outputs).toMatchObject([
      { name: 'out', operator: 'Softmax' },
      { name: 'x', operator: null },
    ])
  })

  it('of a real model agrees with what onnxruntime finds', async () => {
    const { InferenceSession } = await import('onnxruntime-node')
    const session = await InferenceSession.create(REAL)
    const header = await readOnnxHeader(REAL)
    expect(header.inputs.map(({ name }) => name)).toEqual(session.inputNames)
    expect(header.outputs.map(({ name }) => name)).toEqual(session.outputNames)
    expect(header.weight_bytes).toBeGreaterThan(10_000)
    await session.release()
  })

  it('of damaged files is an error that names the file, never anything else', async () => {
    const whole = colourMeansModel(4)
    const damage = fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
    await fc.assert(
      fc.asyncProperty(damage, async ([place, byte, length]) => {
        const bytes = whole.slice(0, length)
        if (place < length) bytes[place] = byte
        const file = written('damaged.onnx', bytes)
        await readOnnxHeader(file).catch((error: unknown) => {
          expect((error as Error).message).toContain(`${file} is not an ONNX model: `)
        })
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['an empty file', new Uint8Array(), /is not an ONNX model: it is empty/],
    ['a text', Buffer.from('Not a model at all'), /it is a text \("Not a model at all"\)/],
    ['a Keras model', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /it is an HDF5 file/],
    ['another protocol buffer', Uint8Array.of(8, 1), /it holds no graph/],
  ])('of %s is refused', async (_what, bytes, message) => {
    await expect(readOnnxHeader(written('other.onnx', bytes))).rejects.toThrow(message)
  })
})

describe('an inspection', () => {
  const model = { name: 'm', sha256: 'a'.repeat(64), bytes: 1, licence: 'MIT', origin: 'here' }

  it('reports that a file is no longer the one that was loaded', async () => {
    const [found] = await inspectModels([{ ...model, path: REAL }])
    expect(found).toMatchObject({ loaded_sha256: model.sha256, problem: null })
    expect(found?.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(found?.header?.nodes).toBeGreaterThan(10)
  })

  it('hashes and counts the weights beside the model, and reports missing ones', async () => {
    const values = new Float32Array(1000)
    const { model: bytes, data } = tinyModel({
      nodes: MEANS_NODES,
      outputs: { means: ['N', 3] },
      weights: { w: { shape: [1000], values } },
      external: 'w.data',
    })
    const file = written('weights.onnx', bytes)
    const hashes = []
    for (const first of [0, 1]) {
      data[0] = first
      written('w.data', data)
      const [found] = await inspectModels([{ ...model, path: file }])
      expect(found).toMatchObject({ bytes: bytes.length + data.length, problem: null })
      hashes.push(found?.sha256)
    }
    expect(hashes[0]).not.toBe(hashes[1])
    rmSync(path.join(dir, 'w.data'))
    expect(await inspectModels([{ ...model, path: file }])).toMatchObject([
      {
        sha256: null,
        problem: { message: expect.stringMatching(/cannot be read: ENOENT/) as string },
      },
    ])
  })

  it('reports what is unknown, and why', async () => {
    const found = await inspectModels([
      model,
      { ...model, path: path.join(dir, 'gone.onnx') },
      { ...model, path: written('weights.json', Buffer.from('{}')) },
    ])
    expect(found.map(({ problem, header }) => [header, problem?.message])).toEqual([
      [null, 'the backend does not report a file that may be opened'],
      [null, expect.stringMatching(/gone\.onnx cannot be read: ENOENT/)],
      [null, 'this file is not an ONNX model'],
    ])
  })
})

describe.skipIf(process.platform === 'win32')('what is not a file is not waited for', () => {
  it.each([
    ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
    ['a folder', (file: string) => mkdirSync(file)],
    ['a device', (file: string) => symlinkSync('/dev/zero', file)],
  ])('%s', async (what, make) => {
    const file = path.join(dir, `${what.replace(' ', '_')}.onnx`)
    make(file)
    await expect(readOnnxHeader(file)).rejects.toThrow(`it is ${what}, not a regular file`)
    const model = { name: 'm', sha256: '', bytes: 1, licence: '', origin: '', path: file }
    expect(await inspectModels([model])).toMatchObject([
      { sha256: null, problem: { message: expect.stringContaining(`it is ${what}`) as string } },
    ])
  })
})

describe('a profile', () => {
  const profiler = new Profiler(path.join(ROOT_DIR, 'dist/backends/profile.js'), process.execPath)
  const model = { name: 'm', sha256: '', bytes: 1, licence: '', origin: '', path: REAL }

  it('names the nodes with their times, the slowest first, and refuses a second one meanwhile', async () => {
    const first = profiler.run(model, 3)
    await expect(profiler.run(model, 3)).rejects.toThrow(/another model is being profiled/)
    const { nodes, total_us: total, runs } = await first
    expect(runs).toBe(3)
    expect(nodes.length).toBeGreaterThan(5)
    expect(nodes.map(({ mean_us: us }) => us)).toEqual(
      nodes.map(({ mean_us: us }) => us).toSorted((a, b) => b - a),
    )
    expect(total).toBeCloseTo(nodes.reduce((sum, { mean_us: us }) => sum + us, 0))
  })

  it('of a file that is not a model gives the reason', async () => {
    const file = written('broken.onnx', Buffer.from('no model'))
    await expect(profiler.run({ ...model, path: file }, 1)).rejects.toThrow(
      /broken\.onnx could not be profiled: .+/,
    )
  })

  it('of a model without a known file is refused', async () => {
    const { path: _gone, ...unknown } = model
    await expect(profiler.run(unknown, 1)).rejects.toThrow(/is not a known ONNX model/)
  })
})

describe('a reload', () => {
  let server: WebSocketServer | undefined
  afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(null))))

  const backendThat = async (answer: object | null) => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const { request_id } = JSON.parse(data.toString()) as { request_id: string }
        if (answer === null) socket.close()
        else socket.send(JSON.stringify({ ...answer, request_id }))
      })
    })
    await new Promise((resolve) => server?.once('listening', resolve))
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('is done when the backend confirms it', async () => {
    const url = await backendThat({ type: 'reloaded', models: [] })
    await expect(reloadModels({ name: 'emotion', url, token: null })).resolves.toBeUndefined()
  })

  it.each([
    ['an error', { type: 'error', error: 'it is damaged' }, /it is damaged/],
    ['a closed connection', null, /closed the connection/],
  ])('that ends with %s is rejected with the reason', async (_what, answer, message) => {
    const url = await backendThat(answer)
    await expect(reloadModels({ name: 'emotion', url, token: null })).rejects.toThrow(message)
  })

  it('of a backend that is not there is rejected with its address', async () => {
    const absent = { name: 'emotion', url: 'ws://127.0.0.1:1', token: null }
    await expect(reloadModels(absent)).rejects.toThrow(
      /Could not connect to emotion at ws:\/\/127\.0\.0\.1:1/,
    )
  })
})
