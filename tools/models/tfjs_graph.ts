/** Parses a TensorFlow.js graph (the `modelTopology` JSON) into topologically sorted nodes. */
import { z } from 'zod'
import { manifestSchema } from './weights.ts'

const attributeSchema = z.looseObject({
  /** Base64 text. */
  s: z.string().optional(),
  i: z.union([z.string(), z.number()]).optional(),
  b: z.boolean().optional(),
  list: z
    .looseObject({
      s: z.array(z.string()).optional(),
      i: z.array(z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
})

const nodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attributeSchema).default({}),
})

export const tfjsModelSchema = z.looseObject({
  format: z.literal('graph-model'),
  modelTopology: z.looseObject({ node: z.array(nodeSchema) }),
  weightsManifest: manifestSchema,
})

/** `inputs` are names of other nodes. */
export class TfjsNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  private readonly attributes: z.infer<typeof nodeSchema>['attr']

  constructor(node: z.input<typeof nodeSchema>) {
    const { name, op, input, attr } = nodeSchema.parse(node)
    this.name = name
    this.op = op
    // "^name" only orders execution, "name:0" selects an output; every operation here has one output.
    this.inputs = input
      .filter((each) => !each.startsWith('^'))
      .map((each) => each.replace(/:0$/, ''))
    this.attributes = attr
  }

  text(key: string): string {
    const encoded = this.attributes[key]?.s
    if (encoded === undefined)
      throw new Error(`${this.op} "${this.name}" has no text attribute ${key}`)
    return decodeText(encoded)
  }

  texts(key: string): string[] {
    return (this.attributes[key]?.list?.s ?? []).map(decodeText)
  }

  integers(key: string): number[] {
    return (this.attributes[key]?.list?.i ?? []).map(Number)
  }

  flag(key: string): boolean {
    return this.attributes[key]?.b ?? false
  }
}

const decodeText = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')

/** The nodes that `outputs` need, each after its inputs. The files are nearly sorted, without a guarantee. */
export function sortNodes(nodes: readonly TfjsNode[], outputs: readonly string[]): TfjsNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const sorted: TfjsNode[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (name: string, from: string): void => {
    if (state.get(name) === 'done') return
    if (state.get(name) === 'open') throw new Error(`the graph runs in a circle through "${name}"`)
    const node = byName.get(name)
    if (!node) throw new Error(`${from} names "${name}", which the graph does not have`)
    state.set(name, 'open')
    for (const input of node.inputs) visit(input, `"${name}"`)
    state.set(name, 'done')
    sorted.push(node)
  }
  for (const output of outputs) visit(output, 'the output list')
  return sorted
}
