/** What exporters write into a model file about its task and its classes. */
import type { OnnxHeader } from '../../protocol/models.ts'
import type { OnnxOutput } from '../../protocol/onnx_config.ts'
import { END_TO_END, OutputFault } from './output_check.ts'

/** Ultralytics' names of tasks (https://docs.ultralytics.com/tasks), and which `output.type` reads their output. */
const TASKS: Record<string, OnnxOutput['type'] | null> = {
  classify: 'classification',
  detect: 'detection',
  segment: null,
  semantic: null,
  pose: null,
  obb: null,
  depth: null,
}

/** Class names by class number; null when the file has none, or in a form that is not known. */
export function namesIn(metadata: OnnxHeader['metadata']): string[] | null {
  const text = metadata['names']
  if (text === undefined) return null
  const names = new Map<number, string>()
  // A Python literal, {0: 'a', 1: "b's"} or ['a', 'b'], or the same as JSON.
  const isList = text.trimStart().startsWith('[')
  for (const [, number, quoted = ''] of text.matchAll(NAME)) {
    names.set(isList || number === undefined ? names.size : Number(number), unquoted(quoted))
  }
  const labels = Array.from({ length: names.size }, (_, index) => names.get(index))
  return names.size > 0 && labels.every((label) => label !== undefined) ? labels : null
}

const NAME = /(?:['"]?(\d+)['"]?\s*:\s*)?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g

const unquoted = (literal: string): string => literal.slice(1, -1).replace(/\\(.)/g, '$1')

/** Throws OutputFault when the file says that its output is not what `output.type` reads. */
export function checkTask(metadata: OnnxHeader['metadata'], { type }: OnnxOutput): void {
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
}
