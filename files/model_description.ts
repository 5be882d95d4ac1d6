import { modelFileSchema, type ModelFile } from '../protocol/backend.ts'
import { messageOf } from '../protocol/errors.ts'
import { hashFiles } from './model_hash.ts'
import { readRegularText } from './regular_file.ts'

export const descriptionPathOf = (modelPath: string) => modelPath.replace(/\.onnx$/, '.json')

/** Errors of `reading` name neither the file nor a remedy. */
const named = <T>(file: string, reading: Promise<T>): Promise<T> =>
  reading.catch((cause: unknown) => {
    throw new Error(
      `the model file ${file} cannot be opened (${messageOf(cause)}); run \`npm run models\``,
      { cause },
    )
  })

/** Reads the `.json` beside a model and verifies the model's hash. */
export async function readModelFile(modelPath: string): Promise<ModelFile> {
  const descriptionPath = descriptionPathOf(modelPath)
  const { sha256 } = await named(modelPath, hashFiles([modelPath]))
  const text = await named(descriptionPath, readRegularText(descriptionPath))
  const description = parseDescription(text, descriptionPath)
  if (sha256 !== description.sha256) {
    throw new Error(
      `${modelPath} is not the file that ${descriptionPath} describes (sha256 ${sha256.slice(0, 12)}…, expected ${description.sha256.slice(0, 12)}…); run \`npm run models\`, or describe your own file there`,
    )
  }
  return { ...description, path: modelPath }
}

function parseDescription(text: string, path: string): ModelFile {
  try {
    return modelFileSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${path} is not a model description; run \`npm run models\``, { cause })
  }
}
