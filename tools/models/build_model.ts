/** Builds the ONNX file of a registry row from the source packages; writes nothing. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LayerBuilder, type Value } from './layers.ts'
import { calibrate } from './calibrate.ts'
import { faceCrops } from './face_squares.ts'
import { encodeModel, type OnnxGraph } from './onnx_model.ts'
import { quantiseGraph } from './quantise.ts'
import type { ModelRow, ModelSource, ModelTarget, Normalisation } from './registry.ts'
import { TfjsNode, tfjsModelSchema } from './tfjs_graph.ts'
import { translateTfjs } from './translate_tfjs.ts'
import { decodeWeights, manifestSchema, type Manifest, type Weights } from './weights.ts'

export interface BuiltModel {
  graph: OnnxGraph
  bytes: Uint8Array
}

export async function buildTarget(
  { row, precision }: ModelTarget,
  rootDir: string,
): Promise<BuiltModel> {
  const model = buildModel(row, rootDir)
  if (precision === 'fp32') return model
  const crops = await faceCrops(rootDir, 'calibration', row.inputSize)
  const graph = quantiseGraph(model.graph, await calibrate(model.graph, crops))
  return { graph, bytes: encodeModel(graph) }
}

export function buildModel(row: ModelRow, rootDir: string): BuiltModel {
  const layers = new LayerBuilder()
  const image = normalise(layers.image('image', row.inputSize), row.normalisation, layers)
  const values = translate(row, rootDir, layers, image)
  for (const output of row.outputs) {
    const value = values.get(output.node)
    if (!value) throw new Error(`${row.name}: the source has no output "${output.node}"`)
    if (String(value.shape.slice(1)) !== String(output.shape)) {
      throw new Error(
        `${row.name}: output ${output.name} has shape [${value.shape.slice(1).join(', ')}], the registry has [${output.shape.join(', ')}]`,
      )
    }
    layers.output(output.name, value)
  }
  const graph = layers.graph(row.name)
  return { graph, bytes: encodeModel(graph) }
}

function translate(
  { source, outputs }: ModelRow,
  rootDir: string,
  layers: LayerBuilder,
  image: Value,
): Map<string, Value> {
  const dir = packageDir(rootDir, source)
  if (source.kind === 'face_api') {
    const path = join(dir, source.manifest)
    const weights = readWeights(manifestSchema.parse(readJson(path)), path)
    return new Map([['', source.net(image, weights, layers)]])
  }
  const path = join(dir, source.graph)
  const model = tfjsModelSchema.parse(readJson(path))
  const nodes = model.modelTopology.node.map((node) => new TfjsNode(node))
  const weights = readWeights(model.weightsManifest, path)
  const wanted = outputs.map((output) => output.node)
  return translateTfjs(nodes, weights, layers, image, wanted)
}

function normalise(image: Value, normalisation: Normalisation, layers: LayerBuilder): Value {
  if (normalisation.kind === 'channels') {
    return layers.scaleChannels(image, normalisation.scale, normalisation.offset)
  }
  // A weighted sum of channels is a convolution with a 1x1 kernel.
  const kernel = { shape: [1, 1, 3, 1], data: Float32Array.from(normalisation.weights) }
  const bias = { shape: [1], data: Float32Array.of(normalisation.offset) }
  return layers.conv2d(image, kernel, bias, [1, 1], 'VALID')
}

export function packageDir(rootDir: string, source: ModelSource): string {
  return join(rootDir, 'node_modules', source.package)
}

export function packageVersion(rootDir: string, source: ModelSource): string {
  const parsed = readJson(join(packageDir(rootDir, source), 'package.json'))
  return (parsed as { version: string }).version
}

function readWeights(manifest: Manifest, manifestPath: string): Weights {
  return new Map(
    manifest.flatMap(({ paths, weights }) => {
      const binary = readFileSync(join(dirname(manifestPath), paths[0] ?? ''))
      return [...decodeWeights(weights, binary)]
    }),
  )
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Error(`cannot read ${path}; run \`npm ci\` with development packages`, { cause })
  }
}
