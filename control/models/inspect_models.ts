import type { FileHandle } from 'node:fs/promises'
import { externalFile, hashFiles } from '../../files/model_hash.ts'
import { readOnnxHeader } from '../../files/onnx_header.ts'
import { openRegularFile } from '../../files/regular_file.ts'
import { saidBy } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import type { ModelFile } from '../../protocol/backend.ts'
import type { ModelInspection } from '../../protocol/models.ts'

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
  if (path === undefined) return { ...unknown, problem: message('model.no_path') }
  let file: FileHandle | null = null
  try {
    file = await openRegularFile(path)
    const { mtimeMs } = await file.stat()
    const known = { ...unknown, modified_at: mtimeMs }
    // Other models, such as the weights of the EEG backend, have no header.
    if (!path.endsWith('.onnx')) {
      return { ...known, ...(await hashFiles([path])), problem: message('model.other_file') }
    }
    const header = await readOnnxHeader(path)
    const weights = header.external_data.map(({ location }) => externalFile(path, location))
    return { ...known, ...(await hashFiles([path, ...weights])), header }
  } catch (error) {
    return {
      ...unknown,
      problem: message('app.cannot_read', { file: path, reason: saidBy(error) }),
    }
  } finally {
    await file?.close()
  }
}
