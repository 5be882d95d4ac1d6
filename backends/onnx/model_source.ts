import { constants } from 'node:buffer'
import path from 'node:path'
import { env } from 'onnxruntime-node'
import { externalFile } from '../../files/model_hash.ts'
import { NO_GRAPH, readOnnxHeader } from '../../files/onnx_header.ts'
import { otherFormat, START_BYTES } from '../../files/other_format.ts'
import { openRegularFile } from '../../files/regular_file.ts'
import { messageOf } from '../../protocol/errors.ts'
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
      ? `No such file: ${file}.`
      : `The model file ${file} cannot be opened: ${messageOf(cause)}.`
    throw new Error(`${fault} Correct the path in model; a relative path starts at ${rootDir}.`, {
      cause,
    })
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0)
    const fault = otherFormat(buffer.subarray(0, bytesRead))
    if (fault !== null) throw new Error(`The model file ${file} ${fault.message}`)
  } finally {
    await handle.close()
  }
}

/** null with the reason if the header is unreadable: onnxruntime supports one more format than ONNX. */
export async function headerOf(
  file: string,
): Promise<{ header: OnnxHeader | null; fault: string }> {
  try {
    return { header: await readOnnxHeader(file), fault: '' }
  } catch (error) {
    return { header: null, fault: messageOf(error).replace(`${file} is not an ONNX model: `, '') }
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
      throw new Error(`The model file ${file} has weights in ${location}: ${messageOf(cause)}`, {
        cause,
      })
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
    throw new Error(
      `${file} cannot be opened (${messageOf(cause)}). Copy it to the folder of the model, under that name.`,
      { cause },
    )
  })
  try {
    const { size } = await handle.stat()
    if (size > most) {
      throw new Error(`${file} is too large; all such files together may have 4 GiB.`)
    }
    const data = Buffer.allocUnsafeSlow(size)
    let length = 0
    // Reads end early while the file is being truncated.
    for (let part = 1; part > 0 && length < size; length += part) {
      part = (await handle.read(data, length, Math.min(size - length, READ_BYTES), length))
        .bytesRead
    }
    if (length < Math.max(least, size)) {
      throw new Error(
        `${path.basename(file)} is incomplete: ${length} bytes, and the model needs ${Math.max(least, size)}. Copy or export it again.`,
      )
    }
    return data
  } finally {
    await handle.close()
  }
}

/** Linux rejects single reads above 2 GiB. */
const READ_BYTES = 1024 ** 3

/** Remedy for onnxruntime's `reason`; `fault` is that of the header, '' if valid. */
export function remedyFor(reason: string, fault: string): string {
  if (fault === NO_GRAPH.message) {
    return 'The file has the form of a model and holds no ONNX graph: it is cut off, or of another kind, such as TensorFlow (.pb) or Core ML. Copy it again, or export the model to ONNX.'
  }
  if (fault !== '') return `The file is incomplete or damaged (${fault}). Copy or export it again.`
  for (const [pattern, remedy] of REMEDIES) {
    const match = pattern.exec(reason)
    if (match !== null) return remedy(match.slice(1))
  }
  return 'Check the file with onnx.checker, and export it again.'
}

const RUNTIME = `onnxruntime ${env.versions.node ?? ''}`.trimEnd()

/** By onnxruntime's reason, with its capture groups. */
const REMEDIES: readonly (readonly [RegExp, (groups: string[]) => string])[] = [
  [
    /IR version: (\d+), max supported IR version: (\d+)/,
    ([given, known]) =>
      `The file has IR version ${given}, and ${RUNTIME} reads up to ${known}. Save it with ir_version ${known} or lower, or update Switchyard.`,
  ],
  [
    /Opset (\d+) is under development.*?for domain (\S+) is till opset (\d+)/,
    ([given, domain, known]) =>
      `The file has opset ${given} of ${domain}, and ${RUNTIME} reads up to ${known}. Export it with opset_version ${known} or lower, or update Switchyard.`,
  ],
  [
    /([^\s()]+)(?:\(-?\d+\))? is not a registered function\/op/,
    ([operator]) =>
      `The model needs the operator ${operator}, which ${RUNTIME} does not have. Export it without custom operators and plugins.`,
  ],
]
