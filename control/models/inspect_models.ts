/** Looks at the files of loaded models as they are on disk now. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '../../protocol/errors.ts'
import type { ModelFile } from '../../protocol/backend.ts'
import type { ModelInspection } from '../../protocol/models.ts'
import { readOnnxHeader } from './onnx_header.ts'

export async function inspectModels(models: readonly ModelFile[]): Promise<ModelInspection[]> {
  const inspections = []
  for (const model of models) inspections.push(await inspectModel(model))
  return inspections
}

async function inspectModel({ name, path, sha256 }: ModelFile): Promise<ModelInspection> {
  const unknown: ModelInspection = {
    name,
    path: path ?? null,
    bytes: null,
    modified_at: null,
    sha256: null,
    loaded_sha256: sha256,
    header: null,
    problem: null,
  }
  if (path === undefined)
    return { ...unknown, problem: 'the backend does not say where its file is' }
  try {
    const { size, mtimeMs } = await stat(path)
    const known = { ...unknown, bytes: size, modified_at: mtimeMs, sha256: await hashOf(path) }
    // Models of other kinds, such as the weights of the EEG backend, have no header to read.
    if (!path.endsWith('.onnx')) return { ...known, problem: 'this file is no ONNX model' }
    return { ...known, header: await readOnnxHeader(path) }
  } catch (error) {
    return { ...unknown, problem: messageOf(error) }
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
