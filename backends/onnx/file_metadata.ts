/** Task metadata that exporters write into model files. */
import type { OnnxHeader } from '../../protocol/models.ts'
import type { OnnxOutput } from '../../protocol/onnx_config.ts'
import { END_TO_END, OutputFault } from './output_check.ts'

/** Ultralytics' tasks (https://docs.ultralytics.com/tasks) and the matching `output.type`. */
const TASKS: Record<string, OnnxOutput['type'] | null> = {
  classify: 'classification',
  detect: 'detection',
  segment: null,
  semantic: null,
  pose: null,
  obb: null,
  depth: null,
}

/** False without metadata. Throws OutputFault if the metadata states another type than `output.type`. */
export function statesTask(metadata: OnnxHeader['metadata'], { type }: OnnxOutput): boolean {
  const { task = '', end2end, args = '' } = metadata
  const readBy = Object.hasOwn(TASKS, task) ? TASKS[task] : undefined
  if (readBy !== undefined && readBy !== type) {
    throw new OutputFault(
      `The model's task is "${task}" by the metadata of the file, and output.type ${type} does not read it. ${
        readBy === null
          ? 'Only classification and detection are supported.'
          : `Set output.type: ${readBy}.`
      }`,
    )
  }
  if (type === 'detection' && (end2end === 'True' || /'nms': True/.test(args))) {
    throw new OutputFault(`By the metadata of the file the output is end-to-end. ${END_TO_END}`)
  }
  return readBy === type
}
