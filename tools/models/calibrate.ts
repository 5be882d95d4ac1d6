/** Measures the ranges of a graph's tensors on given pictures, by adding a minimum and a maximum output to each. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encodeModel, type OnnxGraph, type OnnxNode, type Port } from './onnx_model.ts'
import { tensorsToCalibrate, type Range } from './quantise.ts'

/** `pictures`: RGB bytes of the size of the graph's only input. */
export async function calibrate(
  graph: OnnxGraph,
  pictures: readonly Uint8Array[],
): Promise<Map<string, Range>> {
  const [input] = graph.inputs
  if (!input || pictures.length === 0) throw new Error(`${graph.name}: nothing to calibrate with`)
  const names = tensorsToCalibrate(graph)
  const session = await InferenceSession.create(encodeModel(withExtremes(graph, names)), {
    executionProviders: ['cpu'],
    // One thread, for a deterministic order of sums.
    intraOpNumThreads: 1,
  })
  const ranges = new Map(names.map((name) => [name, { min: Infinity, max: -Infinity }]))
  const dims = input.shape.map((size) => (size === 'N' ? 1 : size))
  for (const picture of pictures) {
    const found = await session.run({ [input.name]: new Tensor('uint8', picture, dims) })
    const valueOf = (name: string) => Number(found[name]?.data[0] ?? NaN)
    for (const [name, range] of ranges) {
      range.min = Math.min(range.min, valueOf(minimumOf(name)))
      range.max = Math.max(range.max, valueOf(maximumOf(name)))
    }
  }
  await session.release()
  return ranges
}

const minimumOf = (name: string) => `${name}_min`
const maximumOf = (name: string) => `${name}_max`

function withExtremes(graph: OnnxGraph, names: readonly string[]): OnnxGraph {
  const reduce = (op: string, name: string, output: string): OnnxNode => ({
    op,
    inputs: [name],
    output,
    attributes: { keepdims: { int: 0 } },
  })
  const nodes = names.flatMap((name) => [
    reduce('ReduceMin', name, minimumOf(name)),
    reduce('ReduceMax', name, maximumOf(name)),
  ])
  const outputs = nodes.map(({ output }): Port => ({ name: output, dtype: 'float32', shape: [] }))
  return { ...graph, nodes: [...graph.nodes, ...nodes], outputs }
}
