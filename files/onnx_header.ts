/** Reads the header of an ONNX file and skips the weights. Field numbers are those of onnx.proto3. */
import { MessageError, saidBy } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { otherFormat, START_BYTES } from './other_format.ts'
import { openRegularFile } from './regular_file.ts'
import type { OnnxHeader } from '../protocol/models.ts'
import { BYTES, WireReader, type Field } from './wire_reader.ts'

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, TensorProto.DataType. */
const ELEMENT_TYPES: Record<number, string> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
}

/** Above any real network; a damaged file may announce more. */
const NODES_MAX = 1_000_000
const MANY_NODES = message('model.many_nodes', { max: NODES_MAX })

type Port = OnnxHeader['inputs'][number]

/** Also for other protocol buffers, and for a truncated model. */
export const NO_GRAPH = message('model.no_graph')

/** Rejects with a message that names the file when it cannot be read or is not an ONNX model. */
export async function readOnnxHeader(path: string): Promise<OnnxHeader> {
  const file = await openRegularFile(path).catch((cause: unknown) => {
    throw new MessageError(message('model.unopened', { file: path, reason: saidBy(cause) }), {
      cause,
    })
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0)
    const other = otherFormat(buffer.subarray(0, bytesRead))
    if (other !== null) throw new MessageError(message('model.other_format', { fault: other }))
    const { size } = await file.stat()
    const header = await readModel(new WireReader(file), size)
    if (header.graph === null) throw new MessageError(NO_GRAPH)
    const { graph, ...model } = header
    return { ...model, ...graph }
  } catch (cause) {
    throw new MessageError(message('model.not_onnx', { file: path, reason: saidBy(cause) }), {
      cause,
    })
  } finally {
    await file.close()
  }
}

type Graph = Pick<
  OnnxHeader,
  'graph' | 'inputs' | 'outputs' | 'nodes' | 'operators' | 'weight_bytes' | 'external_data'
>
type Model = Omit<OnnxHeader, keyof Graph> & { graph: Graph | null }

async function readModel(reader: WireReader, size: number): Promise<Model> {
  const model: Model = { ir_version: 0, producer: '', opsets: [], metadata: {}, graph: null }
  const producer: string[] = []
  for await (const field of reader.fields(0, size)) {
    if (field.number === 1) model.ir_version = field.value
    if (field.type !== BYTES) continue
    if (field.number === 2 || field.number === 3) producer.push(await reader.text(field))
    if (field.number === 7) model.graph = await readGraph(reader, field)
    if (field.number === 8) model.opsets.push(await readOpset(reader, field))
    if (field.number === 14) {
      const [key = '', value = ''] = await textsOf(reader, field, [1, 2])
      model.metadata[key] = value
    }
  }
  model.producer = producer.filter((part) => part !== '').join(' ')
  return model
}

async function readOpset(reader: WireReader, message: Field) {
  const opset = { domain: 'ai.onnx', version: 0 }
  for await (const field of reader.fields(message.start, message.end)) {
    if (field.number === 1 && field.type === BYTES) {
      opset.domain = (await reader.text(field)) || opset.domain
    }
    if (field.number === 2) opset.version = field.value
  }
  return opset
}

interface Found {
  graph: Graph
  operators: Map<string, number>
  initializers: Set<string>
  /** Per tensor: the operator that computes it and that operator's first input. */
  producers: Map<string, { operator: string; input: string }>
}

async function readGraph(reader: WireReader, message: Field): Promise<Graph> {
  const graph: Graph = {
    graph: '',
    inputs: [],
    outputs: [],
    nodes: 0,
    operators: [],
    weight_bytes: 0,
    external_data: [],
  }
  const found: Found = {
    graph,
    operators: new Map(),
    initializers: new Set(),
    producers: new Map(),
  }
  for await (const field of reader.fields(message.start, message.end)) {
    if (field.type === BYTES) await readGraphField(reader, field, found)
  }
  // Up to IR version 3, weights are listed as inputs too.
  graph.inputs = graph.inputs.filter(({ name }) => !found.initializers.has(name))
  graph.outputs = graph.outputs.map((port) => ({
    ...port,
    operator: operatorBehind(port.name, found.producers),
  }))
  graph.operators = [...found.operators]
    .map(([operator, nodes]) => ({ operator, nodes }))
    .sort((a, b) => b.nodes - a.nodes || a.operator.localeCompare(b.operator))
  return graph
}

async function readGraphField(reader: WireReader, field: Field, found: Found): Promise<void> {
  const { graph } = found
  switch (field.number) {
    case 1:
      await readNode(reader, field, found)
      return
    case 2:
      graph.graph = await reader.text(field)
      return
    case 5: {
      const { name, external, externalBytes } = await readInitializer(reader, field)
      found.initializers.add(name)
      graph.weight_bytes += field.end - field.start + externalBytes
      noteExternal(graph, external)
      return
    }
    case 11:
      graph.inputs.push(await readPort(reader, field))
      return
    case 12:
      graph.outputs.push({ ...(await readPort(reader, field)), operator: null })
      return
  }
}

/** NodeProto. The graphs in its attributes (branches, loops) are only searched for external data. */
async function readNode(reader: WireReader, message: Field, found: Found): Promise<void> {
  if (++found.graph.nodes > NODES_MAX) throw new MessageError(MANY_NODES)
  let operator = '?'
  const inputs: string[] = []
  const outputs: string[] = []
  for await (const field of reader.fields(message.start, message.end)) {
    if (field.type !== BYTES) continue
    if (field.number === 1) inputs.push(await reader.text(field))
    if (field.number === 2) outputs.push(await reader.text(field))
    if (field.number === 4) operator = await reader.text(field)
    if (field.number === 5) await readAttribute(reader, field, found.graph)
  }
  found.operators.set(operator, (found.operators.get(operator) ?? 0) + 1)
  for (const output of outputs) found.producers.set(output, { operator, input: inputs[0] ?? '' })
}

/** AttributeProto: a tensor (5, 10) or a graph (6, 11). */
async function readAttribute(reader: WireReader, message: Field, graph: Graph): Promise<void> {
  for await (const field of reader.fields(message.start, message.end)) {
    if (field.type !== BYTES) continue
    if (field.number === 5 || field.number === 10) {
      noteExternal(graph, (await readInitializer(reader, field)).external)
    }
    if (field.number !== 6 && field.number !== 11) continue
    const inner = await readGraph(reader, field)
    for (const external of inner.external_data) noteExternal(graph, external)
  }
}

type External = Graph['external_data'][number]

/** TensorProto: its name, and the location of its values when they are outside the file (`external_data`, 13). */
async function readInitializer(
  reader: WireReader,
  message: Field,
): Promise<{ name: string; external: External | null; externalBytes: number }> {
  let name = ''
  const entries = new Map<string, string>()
  for await (const field of reader.fields(message.start, message.end)) {
    if (field.type !== BYTES) continue
    if (field.number === 8) name = await reader.text(field)
    if (field.number !== 13) continue
    const [key = '', value = ''] = await textsOf(reader, field, [1, 2])
    entries.set(key, value)
  }
  const location = entries.get('location')
  if (location === undefined) return { name, external: null, externalBytes: 0 }
  // Both may be absent: the values start at 0 and extend to the end of the file.
  const [offset, length] = ['offset', 'length'].map((key) => Number(entries.get(key) ?? 0) || 0)
  const bytes = (offset ?? 0) + (length ?? 0)
  return { name, external: { location, bytes }, externalBytes: length ?? 0 }
}

function noteExternal(graph: Graph, external: External | null): void {
  if (external === null) return
  const known = graph.external_data.find(({ location }) => location === external.location)
  if (known === undefined) graph.external_data.push(external)
  else known.bytes = Math.max(known.bytes, external.bytes)
}

/** Operators that move, copy or convert values; the operator before them defines what the values mean. */
const PASSING = new Set([
  ...['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Cast'],
  ...['QuantizeLinear', 'DequantizeLinear'],
])

/** The operator that computed a tensor's values; null for an input or a weight. */
function operatorBehind(name: string, producers: Found['producers']): string | null {
  let tensor = name
  for (let step = 0; step <= producers.size; step++) {
    const producer = producers.get(tensor)
    if (producer === undefined) return null
    if (!PASSING.has(producer.operator)) return producer.operator
    tensor = producer.input
  }
  return null
}

/** ValueInfoProto: name, and type as TypeProto with a tensor in it. */
async function readPort(reader: WireReader, message: Field): Promise<Port> {
  const port: Port = { name: '', type: null, shape: [] }
  for await (const field of reader.fields(message.start, message.end)) {
    if (field.type !== BYTES) continue
    if (field.number === 1) port.name = await reader.text(field)
    if (field.number !== 2) continue
    for await (const kind of reader.fields(field.start, field.end)) {
      if (kind.number !== 1 || kind.type !== BYTES) continue
      for await (const part of reader.fields(kind.start, kind.end)) {
        if (part.number === 1) port.type = ELEMENT_TYPES[part.value] ?? `type ${part.value}`
        if (part.number === 2 && part.type === BYTES) port.shape = await readShape(reader, part)
      }
    }
  }
  return port
}

async function readShape(reader: WireReader, message: Field): Promise<Port['shape']> {
  const shape: Port['shape'] = []
  for await (const axis of reader.fields(message.start, message.end)) {
    if (axis.number !== 1 || axis.type !== BYTES) continue
    let size: Port['shape'][number] = null
    for await (const field of reader.fields(axis.start, axis.end)) {
      if (field.number === 1) size = field.value
      if (field.number === 2 && field.type === BYTES) size = (await reader.text(field)) || null
    }
    shape.push(size)
  }
  return shape
}

async function textsOf(
  reader: WireReader,
  message: Field,
  numbers: readonly number[],
): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = numbers.map(() => undefined)
  for await (const field of reader.fields(message.start, message.end)) {
    const place = numbers.indexOf(field.number)
    if (place !== -1 && field.type === BYTES) texts[place] = await reader.text(field)
  }
  return texts
}
