/** Proves on which execution provider each node runs, by one profiled run. */
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { z } from 'zod'
import type { ModelProfile } from '../../protocol/models.ts'
import { MessageError, messageOf } from '../../protocol/errors.ts'
import { message, quoted, type Message, type MessageValue } from '../../protocol/messages.ts'

type NodeProfile = ModelProfile['nodes'][number]

export interface Placement {
  /** Display name of the provider that the session was opened on. */
  provider: string
  /** Node counts by provider. Null if not counted: CPU only, or the probe failed. */
  nodes: Record<string, number> | null
  onCpu: string[]
  /** Without a code where `nodes` has the counts. */
  sentence: Message
}

export interface ProfileFolder {
  readonly options: Pick<InferenceSession.SessionOptions, 'enableProfiling' | 'profileFilePrefix'>
  /** Runs the session once, reads the placement, and ends the profiling so that later runs are not slowed. */
  prove(session: InferenceSession, provider: string): Promise<Placement>
  read(session: InferenceSession): Promise<string>
  dispose(): void
}

/** The caller disposes of it, also if creating the session failed. */
export async function openProfileFolder(): Promise<ProfileFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-profile-'))
  const read = async (session: InferenceSession) => {
    session.endProfiling()
    const [file] = await readdir(folder)
    if (file === undefined) throw new MessageError(message('placement.no_profile'))
    return readFile(join(folder, file), 'utf8')
  }
  return {
    read,
    options: { enableProfiling: true, profileFilePrefix: join(folder, 'run') },
    prove: async (session, provider) => {
      try {
        let text: string
        try {
          // Discard the outputs unread: values on a GPU must not be accessed here.
          await session.run(blankFeeds(session.inputMetadata))
        } finally {
          text = await read(session)
        }
        return readPlacement(text, provider)
      } catch (error) {
        const reason =
          error instanceof MessageError ? error.said : (messageOf(error).split('\n')[0] ?? '')
        return unprovenPlacement(provider, reason)
      }
    },
    dispose: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The CPU runs everything, so no probe is needed. */
export const cpuPlacement = (): Placement => ({
  provider: CPU,
  nodes: null,
  onCpu: [],
  sentence: message('placement.cpu'),
})

/** Throws if the profile has no run. */
export function readPlacement(profile: string, provider: string): Placement {
  const ran = new Map<string, string>()
  for (const event of profileSchema.parse(JSON.parse(profile))) {
    if (event.cat !== 'Node' || !event.name.endsWith(KERNEL_SUFFIX)) continue
    const by = event.args.provider
    if (by === undefined) continue
    // A node inside a loop runs many times; graph index and name identify it.
    ran.set(`${event.args.node_index ?? ''} ${nodeNameOf(event.name)}`, displayNameOf(by))
  }
  if (ran.size === 0) throw new MessageError(message('placement.no_node'))
  const nodes: Record<string, number> = {}
  for (const by of ran.values()) nodes[by] = (nodes[by] ?? 0) + 1
  const onCpu =
    provider === CPU
      ? []
      : [...ran].filter(([, by]) => by === CPU).map(([key]) => key.slice(key.indexOf(' ') + 1))
  return { provider, nodes, onCpu, sentence: quoted(sentenceOf(provider, nodes, onCpu)) }
}

/** Mean time of each node over the runs after the first `skip`, slowest first. Throws if there are none. */
export function readNodeTimes(
  profile: string,
  { runs, skip }: { runs: number; skip: number },
): NodeProfile[] {
  const byNode = new Map<string, { operator: string; provider: string; times: number[] }>()
  for (const { cat, name, dur, args } of profileSchema.parse(JSON.parse(profile))) {
    if (cat !== 'Node' || !name.endsWith(KERNEL_SUFFIX) || args.provider === undefined) continue
    const key = `${args.node_index ?? ''} ${nodeNameOf(name)}`
    const node = byNode.get(key) ?? {
      operator: args.op_name ?? '',
      provider: displayNameOf(args.provider),
      times: [],
    }
    node.times.push(dur ?? 0)
    byNode.set(key, node)
  }
  if (byNode.size === 0) throw new MessageError(message('placement.no_node'))
  const nodes = [...byNode].map(([key, { times, ...node }]) => {
    // A node inside a loop runs many times per run.
    const each = times.length / runs
    const counted = times.slice(Math.round(skip * each))
    const sum = counted.reduce((total, time) => total + time, 0)
    return { name: key.slice(key.indexOf(' ') + 1), ...node, mean_us: sum / (runs - skip) }
  })
  return nodes.sort((a, b) => b.mean_us - a.mean_us)
}

export const isAllOnProvider = ({ provider, nodes }: Placement): boolean =>
  nodes === null ? provider === CPU : Object.keys(nodes).every((by) => by === provider)

const CPU = 'CPU'
const KERNEL_SUFFIX = '_kernel_time'
const NAMED_NODES_MAX = 8
/** Substitute for open axes except the batch: image networks halve their input up to five times. */
const OPEN_AXIS_SIZE = 224

const profileSchema = z.array(
  z.looseObject({
    cat: z.string().optional(),
    name: z.string(),
    /** Microseconds. */
    dur: z.number().optional(),
    args: z.looseObject({
      provider: z.string().optional(),
      op_name: z.string().optional(),
      node_index: z.string().optional(),
    }),
  }),
)

/** onnxruntime's internal names; session.ts has the display names. */
const DISPLAY_NAMES: Record<string, string> = {
  CPUExecutionProvider: CPU,
  CUDAExecutionProvider: 'CUDA',
  TensorrtExecutionProvider: 'TensorRT',
  DmlExecutionProvider: 'DirectML',
  CoreMLExecutionProvider: 'CoreML',
  WebGpuExecutionProvider: 'WebGPU',
}
const displayNameOf = (internal: string) =>
  DISPLAY_NAMES[internal] ?? internal.replace(/ExecutionProvider$/, '')

/** Without the suffix that onnxruntime appends for layout changes. */
const nodeNameOf = (event: string) =>
  event.slice(0, -KERNEL_SUFFIX.length).replace(/_token_\d+$/, '')

function sentenceOf(
  provider: string,
  nodes: Readonly<Record<string, number>>,
  onCpu: readonly string[],
): string {
  const total = Object.values(nodes).reduce((sum, count) => sum + count, 0)
  const others = Object.entries(nodes).filter(([by]) => by !== provider)
  const here = nodes[provider] ?? 0
  if (others.length === 0) return `all ${total} nodes on ${provider}`
  const parts = others.map(([by, count]) =>
    by === CPU ? `${count} on ${by}: ${listOf(onCpu)}` : `${count} on ${by}`,
  )
  return [`${here} of ${total} nodes on ${provider}`, ...parts].join(', ')
}

function listOf(names: readonly string[]): string {
  const named = names.slice(0, NAMED_NODES_MAX).join(', ')
  const rest = names.length - NAMED_NODES_MAX
  return rest > 0 ? `${named} and ${rest} more` : named
}

const unprovenPlacement = (provider: string, reason: MessageValue): Placement => ({
  provider,
  nodes: null,
  onCpu: [],
  sentence: message('placement.unknown', { reason }),
})

export function blankFeeds(
  inputs: readonly InferenceSession.ValueMetadata[],
): InferenceSession.FeedsType {
  return Object.fromEntries(
    inputs.map((input) => {
      if (!input.isTensor) throw new MessageError(message('placement.input', { name: input.name }))
      const dims = input.shape.map((size, axis) => {
        if (typeof size === 'number' && size > 0) return size
        return axis === 0 ? 1 : OPEN_AXIS_SIZE
      })
      const length = dims.reduce((product, size) => product * size, 1)
      return [input.name, new Tensor(input.type, blankValues(input.type, length), dims)]
    }),
  )
}

function blankValues(type: Tensor.Type, length: number): Tensor.DataType {
  switch (type) {
    case 'float32':
      return new Float32Array(length)
    case 'float64':
      return new Float64Array(length)
    case 'uint8':
    case 'bool':
      return new Uint8Array(length)
    case 'int8':
      return new Int8Array(length)
    case 'float16':
    case 'uint16':
      return new Uint16Array(length)
    case 'int16':
      return new Int16Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'uint32':
      return new Uint32Array(length)
    case 'int64':
      return new BigInt64Array(length)
    case 'uint64':
      return new BigUint64Array(length)
    default:
      throw new MessageError(message('placement.type', { type }))
  }
}
