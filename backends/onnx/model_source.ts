import { constants } from 'node:buffer'
import path from 'node:path'
import { env } from 'onnxruntime-node'
import { externalFile } from '../../files/model_hash.ts'
import { NO_GRAPH, readOnnxHeader } from '../../files/onnx_header.ts'
import { otherFormat, START_BYTES } from '../../files/other_format.ts'
import { openRegularFile } from '../../files/regular_file.ts'
import { MessageError, saidBy } from '../../protocol/errors.ts'
import { joined, type Message, message } from '../../protocol/messages.ts'
import type { OnnxHeader } from '../../protocol/models.ts'
import type { ExternalData } from '../base/session.ts'

/** External weights are held in memory while loading: limited in bytes, and to one buffer. */
const EXTERNAL_BYTES_MAX = Math.min(4 * 1024 ** 3, constants.MAX_LENGTH)

/** Checks a file before onnxruntime does. Rejects with fault and remedy. */
export async function proveModelFile(file: string, rootDir: string): Promise<void> {
  // onnxruntime would block on a pipe, and its message does not resolve relative paths.
  const handle = await openRegularFile(file).catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const fault = isMissing
      ? message('load.no_file', { file })
      : message('load.unopened', { file, reason: saidBy(cause) })
    throw new MessageError(joined(fault, message('load.path', { folder: rootDir })), { cause })
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0)
    const fault = otherFormat(buffer.subarray(0, bytesRead))
    if (fault !== null) throw new MessageError(message('load.format', { file, fault }))
  } finally {
    await handle.close()
  }
}

/** null with the reason if the header is unreadable: onnxruntime supports one more format than ONNX. */
export async function headerOf(
  file: string,
): Promise<{ header: OnnxHeader | null; fault: Message | null }> {
  try {
    return { header: await readOnnxHeader(file), fault: null }
  } catch (error) {
    const said = saidBy(error)
    const reason = said.code === 'model.not_onnx' ? said.params?.['reason'] : undefined
    return { header: null, fault: typeof reason === 'object' ? reason : said }
  }
}

export const externalFilesOf = (file: string, header: OnnxHeader | null): string[] =>
  (header?.external_data ?? []).map(({ location }) => externalFile(file, location))

/** Into memory, which onnxruntime copies. Rejects if a file is missing, too short, or all exceed 4 GiB. */
export async function readExternalData(
  file: string,
  header: OnnxHeader | null,
): Promise<ExternalData[]> {
  const read: ExternalData[] = []
  let left = EXTERNAL_BYTES_MAX
  for (const { location, bytes } of header?.external_data ?? []) {
    const data = await readWeights(externalFile(file, location), {
      least: bytes,
      most: left,
    }).catch((cause: unknown) => {
      const values = { file, location, reason: saidBy(cause) }
      throw new MessageError(message('load.weights', values), { cause })
    })
    left -= data.length
    read.push({ path: location, data })
  }
  return read
}

async function readWeights(
  file: string,
  { least, most }: { least: number; most: number },
): Promise<Buffer> {
  const handle = await openRegularFile(file).catch((cause: unknown) => {
    const values = { file, reason: saidBy(cause) }
    throw new MessageError(message('load.weights_unopened', values), { cause })
  })
  try {
    const { size } = await handle.stat()
    if (size > most) {
      throw new MessageError(message('load.weights_large', { file }))
    }
    const data = Buffer.allocUnsafeSlow(size)
    let length = 0
    // Reads end early while the file is being truncated.
    for (let part = 1; part > 0 && length < size; length += part) {
      part = (await handle.read(data, length, Math.min(size - length, READ_BYTES), length))
        .bytesRead
    }
    if (length < Math.max(least, size)) {
      const values = { file: path.basename(file), bytes: length, needed: Math.max(least, size) }
      throw new MessageError(message('load.weights_cut', values))
    }
    return data
  } finally {
    await handle.close()
  }
}

/** Linux rejects single reads above 2 GiB. */
const READ_BYTES = 1024 ** 3

/** Remedy for onnxruntime's `reason`; `fault` is that of the header, null if valid. */
export function remedyFor(reason: string, fault: Message | null): Message {
  if (fault?.code === NO_GRAPH.code) return message('load.no_graph')
  if (fault !== null) return message('load.damaged', { fault })
  for (const [pattern, remedy] of REMEDIES) {
    const match = pattern.exec(reason)
    if (match !== null) return remedy(match.slice(1))
  }
  return message('load.check')
}

const RUNTIME = `onnxruntime ${env.versions.node ?? ''}`.trimEnd()

/** By onnxruntime's reason, with its capture groups. */
const REMEDIES: readonly (readonly [RegExp, (groups: string[]) => Message])[] = [
  [
    /IR version: (\d+), max supported IR version: (\d+)/,
    ([given = '', known = '']) => message('load.ir_version', { given, runtime: RUNTIME, known }),
  ],
  [
    /Opset (\d+) is under development.*?for domain (\S+) is till opset (\d+)/,
    ([given = '', domain = '', known = '']) =>
      message('load.opset', { given, domain, runtime: RUNTIME, known }),
  ],
  [
    /([^\s()]+)(?:\(-?\d+\))? is not a registered function\/op/,
    ([operator = '']) => message('load.operator', { operator, runtime: RUNTIME }),
  ],
]
