import { existsSync } from 'node:fs'
import path from 'node:path'
import { MessageError, saidBy } from '../protocol/errors.ts'
import type { BuiltinName } from '../protocol/builtin_backends.ts'
import type { Precision } from '../protocol/config.ts'
import type { ModelCheck, ModelFault } from '../protocol/models.ts'
import { message } from '../protocol/messages.ts'
import { readModelFile } from './model_description.ts'
import { hashFiles } from './model_hash.ts'

export const FACE_MODELS = {
  detector: 'backends/faces/model/blazeface.onnx',
  mesh: 'backends/faces/model/facemesh.onnx',
} as const

export function emotionModels(precision: Precision = 'fp32') {
  const ending = precision === 'int8' ? '.int8.onnx' : '.onnx'
  return {
    miniXception: `backends/emotion/model/mini_xception${ending}`,
    faExpression: `backends/emotion/model/fa_expression${ending}`,
  }
}

/** Committed, not converted: it has no description with a hash. */
export const EYE_MODEL_FILE = 'backends/eeg/model/eye_state.json'

const FILES: Partial<Record<BuiltinName, (precision: Precision) => readonly string[]>> = {
  fatigue: () => Object.values(FACE_MODELS),
  emotion: (precision) => [
    ...Object.values(FACE_MODELS),
    ...Object.values(emotionModels(precision)),
  ],
  eeg: () => [EYE_MODEL_FILE],
}

/** Reads every model file that a start would load, up to the first missing or changed one. */
export async function checkBuiltinModels(
  rootDir: string,
  name: BuiltinName,
  precision: Precision,
): Promise<ModelCheck> {
  const files = FILES[name]?.(precision) ?? []
  let bytes = 0
  for (const file of files) {
    const found = path.join(rootDir, file)
    try {
      bytes += await bytesOf(found)
    } catch (error) {
      const fault: ModelFault = {
        file: path.basename(file),
        is_missing: !existsSync(found),
        remedy: file === EYE_MODEL_FILE ? 'restore' : 'convert',
        ...saidBy(error),
      }
      return { files: files.length, bytes, fault }
    }
  }
  return { files: files.length, bytes, fault: null }
}

async function bytesOf(file: string): Promise<number> {
  if (file.endsWith('.onnx')) return (await readModelFile(file)).bytes
  try {
    return (await hashFiles([file])).bytes
  } catch (cause) {
    throw new MessageError(message('model.uninstalled', { file, reason: saidBy(cause) }), { cause })
  }
}
