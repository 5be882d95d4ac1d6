/** Task metadata that exporters write into model files. */
import type { OnnxHeader } from '../../protocol/models.ts'
import { message } from '../../protocol/messages.ts'
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
      message('load.task', {
        ...{ task, type },
        remedy:
          readBy === null
            ? message('load.tasks')
            : message('load.set', { keys: `output.type: ${readBy}` }),
      }),
    )
  }
  if (type === 'detection' && (end2end === 'True' || /'nms': True/.test(args))) {
    throw new OutputFault(message('load.end_to_end', { remedy: END_TO_END }))
  }
  return readBy === type
}
