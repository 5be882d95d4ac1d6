import { modelFileSchema, type ModelFile } from '../protocol/backend.ts'
import { MessageError, saidBy } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { hashFiles } from './model_hash.ts'
import { readRegularText } from './regular_file.ts'

export const descriptionPathOf = (modelPath: string) => modelPath.replace(/\.onnx$/, '.json')

/** Errors of `reading` name neither the file nor a remedy. */
const named = <T>(file: string, reading: Promise<T>): Promise<T> =>
  reading.catch((cause: unknown) => {
    throw new MessageError(message('model.unconverted', { file, reason: saidBy(cause) }), { cause })
  })

/** Reads the `.json` beside a model and verifies the model's hash. */
export async function readModelFile(modelPath: string): Promise<ModelFile> {
  const descriptionPath = descriptionPathOf(modelPath)
  const { sha256 } = await named(modelPath, hashFiles([modelPath]))
  const text = await named(descriptionPath, readRegularText(descriptionPath))
  const description = parseDescription(text, descriptionPath)
  if (sha256 !== description.sha256) {
    throw new MessageError(
      message('model.replaced', {
        file: modelPath,
        description: descriptionPath,
        found: sha256.slice(0, 12),
        expected: description.sha256.slice(0, 12),
      }),
    )
  }
  return { ...description, path: modelPath }
}

function parseDescription(text: string, path: string): ModelFile {
  try {
    return modelFileSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new MessageError(message('model.undescribed', { file: path }), { cause })
  }
}
