/**
 * Stores the results of the original runtimes for the reference inputs: `node --import tsx tools/models/reference.ts`.
 * human's graphs run in its bundled TensorFlow.js, face-api's networks in face-api. Takes a minute; rerun it when a
 * model or input changes. parity.test.ts reads the results.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageDir, packageVersion } from './build_model.ts'
import { referenceInputs, sha256 } from './inputs.ts'
import { encodeValues, writeReference } from './reference_file.ts'
import { MODELS, type ModelRow } from './registry.ts'
import { tfjsModelSchema } from './tfjs_graph.ts'
import { manifestSchema } from './weights.ts'

/** The used part of TensorFlow.js, whose types are not installed. */
interface Tensor {
  data(): Promise<Float32Array>
}
interface TensorFlow {
  version_core: string
  setBackend(name: 'cpu'): Promise<boolean>
  tensor4d(values: Float32Array, shape: number[]): Tensor
  tensor1d(values: readonly number[]): Tensor
  scalar(value: number): Tensor
  sub(a: Tensor, b: Tensor): Tensor
  mul(a: Tensor, b: Tensor): Tensor
  div(a: Tensor, b: Tensor): Tensor
  sum(x: Tensor, axis: number, keepDims: boolean): Tensor
  io: {
    fromMemory(artifacts: {
      modelTopology: unknown
      weightSpecs: unknown
      weightData: ArrayBuffer
    }): unknown
    decodeWeights(data: ArrayBuffer, specs: unknown): Record<string, Tensor>
  }
  loadGraphModel(
    handler: unknown,
  ): Promise<{ execute(x: Tensor, outputs: string[]): Tensor | Tensor[] }>
}
interface FaceApiNetwork {
  loadFromWeightMap(weights: Record<string, Tensor>): void
  forward(x: Tensor, inputSize?: number): Promise<Tensor>
}
type FaceApi = Record<string, new () => FaceApiNetwork> & { tf: TensorFlow }

/** Returns the values of every output, in registry order. */
type Runtime = (pixels: Uint8Array) => Promise<Float32Array[]>

const rootDir = resolve(import.meta.dirname, '../..')

// Both browser bundles choose their platform by these two globals.
Object.assign(globalThis, { window: globalThis, document: { createElement: () => ({}) } })
// They log 400 lines that kernels are already registered.
console.warn = () => undefined

async function storeReferences(): Promise<void> {
  for (const row of MODELS) {
    const { describe, run } =
      row.source.kind === 'tfjs_graph' ? await openHuman(row) : await openFaceApi(row)
    const inputs = []
    for (const { id, pixels } of await referenceInputs(
      rootDir,
      row.inputSize,
      row.referenceMargin,
    )) {
      const values = await run(pixels)
      const outputs = row.outputs.map(({ name, referenceEvery }, index) => [
        name,
        encodeValues(values[index] ?? new Float32Array(), referenceEvery),
      ])
      inputs.push({
        id,
        sha256: sha256(pixels),
        outputs: Object.fromEntries(outputs) as Record<string, string>,
      })
      console.log(`${row.name} ${id}`)
    }
    writeReference({ model: row.name, runtime: describe, inputs })
  }
}

async function openHuman(row: ModelRow): Promise<{ describe: string; run: Runtime }> {
  if (row.source.kind !== 'tfjs_graph') throw new Error(`${row.name} is not a graph of human`)
  const dir = packageDir(rootDir, row.source)
  const tf = (await import(pathToFileURL(join(dir, 'dist/tfjs.esm.js')).href)) as TensorFlow
  await tf.setBackend('cpu')
  const json = readFileSync(join(dir, row.source.graph), 'utf8')
  const { weightsManifest } = tfjsModelSchema.parse(JSON.parse(json))
  const { modelTopology } = JSON.parse(json) as { modelTopology: unknown }
  const graph = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0]?.weights,
      weightData: readBuffer(
        join(dir, dirname(row.source.graph), weightsManifest[0]?.paths[0] ?? ''),
      ),
    }),
  )
  const nodes = row.outputs.map(({ node }) => node)
  const run: Runtime = (pixels) => {
    const x = prepareLikeHuman(row.name, imageTensor(tf, pixels, row.inputSize), tf)
    return Promise.all([graph.execute(x, nodes)].flat().map((tensor) => tensor.data()))
  }
  return { describe: describeRuntime(row, tf), run }
}

/** Normalizes like human: 0..255 for the detector, 0..1 for the others. */
function prepareLikeHuman(model: string, image: Tensor, tf: TensorFlow): Tensor {
  if (model === 'blazeface') return tf.sub(tf.div(image, tf.scalar(127.5)), tf.scalar(1))
  const unit = tf.div(image, tf.scalar(255))
  if (model !== 'mini_xception') return unit
  const grey = tf.sum(tf.mul(unit, tf.tensor1d([0.2989, 0.587, 0.114])), 3, true)
  return tf.mul(tf.sub(grey, tf.scalar(0.5)), tf.scalar(2))
}

const FACE_API_CLASSES: Record<string, string> = {
  fa_expression: 'FaceExpressionNet',
  fa_landmark68: 'FaceLandmark68Net',
  fa_tinydet: 'TinyFaceDetector',
}

async function openFaceApi(row: ModelRow): Promise<{ describe: string; run: Runtime }> {
  if (row.source.kind !== 'face_api') throw new Error(`${row.name} is not a network of face-api`)
  const dir = packageDir(rootDir, row.source)
  const faceApi = (await import(pathToFileURL(join(dir, 'dist/face-api.esm.js')).href)) as FaceApi
  const { tf } = faceApi
  await tf.setBackend('cpu')
  const Network = faceApi[FACE_API_CLASSES[row.name] ?? '']
  if (!Network)
    throw new Error(`face-api has no network for ${row.name}; add it to FACE_API_CLASSES`)
  const network = new Network()
  const manifestPath = join(dir, row.source.manifest)
  const [group] = manifestSchema.parse(JSON.parse(readFileSync(manifestPath, 'utf8')))
  const weightData = readBuffer(join(dirname(manifestPath), group?.paths[0] ?? ''))
  network.loadFromWeightMap(tf.io.decodeWeights(weightData, group?.weights))
  const run: Runtime = async (pixels) => {
    const output = await network.forward(imageTensor(tf, pixels, row.inputSize), row.inputSize)
    return [await output.data()]
  }
  return { describe: describeRuntime(row, tf), run }
}

const describeRuntime = (row: ModelRow, tf: TensorFlow) =>
  `${row.source.package} ${packageVersion(rootDir, row.source)}, TensorFlow.js ${tf.version_core} on its cpu backend`

const imageTensor = (tf: TensorFlow, pixels: Uint8Array, size: number) =>
  tf.tensor4d(Float32Array.from(pixels), [1, size, size, 3])

function readBuffer(path: string): ArrayBuffer {
  return new Uint8Array(readFileSync(path)).buffer
}

await storeReferences()
