import { expect, test } from 'vitest'
import { fieldOfFailure } from './trial_run_fault.ts'

const cause = (code: 'python_module_missing' | 'model_missing' | 'gpu_device_lost') => ({
  code,
  cause: '',
  remedy: '',
})

test.each([
  ['onnx', 'Cannot load the model: set preprocess.size: [width, height]', null, 'size'],
  ['onnx', 'Set preprocess.layout: nhwc and preprocess.colour: grey.', null, 'layout'],
  ['onnx', 'Remove preprocess.mean and preprocess.std.', null, 'range'],
  ['onnx', 'labels has 3 entries, output "y" 5 classes', null, 'labels'],
  ['onnx', 'Set output.tensor to one of a, b', null, 'tensor'],
  ['onnx', 'exit code 3', cause('model_missing'), 'model'],
  ['onnx', 'the GPU was lost', cause('gpu_device_lost'), null],
  ['command', 'exit code 1', cause('python_module_missing'), 'command'],
  ['command', 'its own text about labels', null, null],
  ['external', 'connection refused', null, null],
] as const)('%s: %j is about the field %s', (source, reason, given, field) => {
  expect(fieldOfFailure(source, { reason, cause: given })).toBe(field)
})
