/** Facts of the file are filled in, the rest must be chosen, and both become configuration keys. */
import { describe, expect, test } from 'vitest'
import { backendConfigSchema } from '../../../protocol/config.ts'
import type { OnnxHeader } from '../../../protocol/models.ts'
import { modelFacts } from './model_facts.ts'
import {
  linesOf,
  NEW_ONNX_DRAFT,
  onnxFaults,
  onnxKeys,
  onnxValues,
  type OnnxDraft,
} from './onnx_draft.ts'

type Shape = (number | string | null)[]

const header = (
  inputs: { shape: Shape; type?: string }[],
  outputs: Shape[],
  metadata: Record<string, string> = {},
): OnnxHeader =>
  ({
    metadata,
    inputs: inputs.map(({ shape, type = 'float32' }, index) => ({
      name: `x${index}`,
      type,
      shape,
    })),
    outputs: outputs.map((shape, index) => ({
      name: `y${index}`,
      type: 'float32',
      shape,
      operator: 'Gemm',
    })),
  }) as OnnxHeader

const classifier = header([{ shape: ['N', 3, 224, 224] }], [['N', 1000]])
const draftOf = (read: OnnxHeader, chosen: Partial<OnnxDraft> = {}): OnnxDraft => ({
  ...NEW_ONNX_DRAFT,
  model: 'net.onnx',
  facts: modelFacts('net.onnx', read),
  ...chosen,
})

describe('from the file come', () => {
  test('size, layout, output and the number of classes of a plain classifier', () => {
    expect(onnxValues(draftOf(classifier))).toMatchObject({
      tensor: { value: 'y0', from: 'file' },
      output: { value: 'classification', from: 'file' },
      classes: 1000,
      layout: { value: 'nchw', from: 'file' },
      size: { value: { width: '224', height: '224' }, from: 'file' },
      range: { value: '', from: null },
      colour: { value: '', from: null },
    })
  })
  test('width and height in the order of the axes', () => {
    const wide = header([{ shape: [1, 120, 160, 3] }], [[1, 5]])
    expect(onnxValues(draftOf(wide))).toMatchObject({
      layout: { value: 'nhwc', from: 'file' },
      size: { value: { width: '160', height: '120' } },
    })
  })
  test('grey of a model with one channel, and bytes as they are of a uint8 input', () => {
    const grey = header([{ shape: ['N', 28, 28, 1], type: 'uint8' }], [['N', 10]])
    expect(onnxValues(draftOf(grey))).toMatchObject({
      colour: { value: 'grey', from: 'file' },
      range: { value: 'raw', from: 'file' },
    })
  })
  test('labels that an exporter wrote into the metadata', () => {
    const names = `{0: 'person', 1: "driver's seat", 2: 'it\\'s'}`
    const yolo = header([{ shape: [1, 3, 64, 64] }], [[1, 7, 84]], { names })
    expect(onnxValues(draftOf(yolo))).toMatchObject({
      output: { value: 'detection', from: 'file' },
      classes: 3,
      labelsFrom: { value: 'list', from: 'file' },
      labels: ['person', "driver's seat", "it's"],
    })
  })
  test('that an output which ends in a softmax holds probabilities', () => {
    const plain = header([{ shape: [1, 3, 8, 8] }], [[1, 2]])
    const [output] = plain.outputs
    const soft = { ...plain, outputs: [{ ...output!, operator: 'Softmax' }] }
    expect(onnxValues(draftOf(soft)).activation).toEqual({ value: 'none', from: 'file' })
    expect(onnxValues(draftOf(plain)).activation.from).toBeNull()
  })
  test('nothing where axes are free', () => {
    const free = header([{ shape: ['N', null, 'height', 'width'] }], [['N', 'classes']])
    expect(onnxValues(draftOf(free, { layout: 'nchw' }))).toMatchObject({
      size: { from: null },
      layout: { value: 'nchw', from: 'person' },
      classes: null,
    })
  })
  test('nothing once another path is typed', () => {
    expect(onnxFaults(draftOf(classifier, { model: 'other.onnx' }))).toEqual({ model: 'unread' })
  })
})

describe('must be chosen', () => {
  test('all that a plain file does not state', () => {
    expect(onnxFaults(draftOf(classifier))).toEqual({
      activation: 'missing',
      range: 'missing',
      colour: 'missing',
      fit: 'missing',
      labels: 'missing',
    })
  })
  test('size and layout where the axes are free', () => {
    const free = header([{ shape: ['N', 'c', 'h', 'w'] }], [['N', 4]])
    expect(onnxFaults(draftOf(free))).toMatchObject({ layout: 'missing', size: 'missing' })
  })
  test('one of several outputs, and then what it is when its shape does not say so', () => {
    const two = header(
      [{ shape: [1, 3, 8, 8] }],
      [
        [1, 4, 8, 8],
        [1, 10],
      ],
    )
    expect(onnxFaults(draftOf(two))).toMatchObject({ tensor: 'missing', output: 'missing' })
    expect(onnxFaults(draftOf(two, { tensor: 'y0' }))).toMatchObject({ output: 'missing' })
    expect(onnxFaults(draftOf(two, { tensor: 'y1' }))).not.toHaveProperty('output')
  })
  test.each([
    [{ width: '0', height: '224' }, 'size', 'size'],
    [{ width: '224', height: '' }, 'size', 'size'],
    [{ range: 'custom', std: '0' }, 'range', 'numbers'],
    [{ range: 'custom', mean: '0.1, 0.2' }, 'range', 'numbers'],
    [{ range: 'imagenet', colour: 'grey' }, 'range', 'three_for_grey'],
    [{ labelsFrom: 'list', labels: 'cat, dog' }, 'labels', 'label_count'],
    [{ labelsFrom: 'file' }, 'labels', 'missing'],
    [{ top: '0' }, 'top', 'top'],
  ] as const)('%j again, in the field %s', (chosen, field, fault) => {
    const free = header([{ shape: ['N', 'c', 'h', 'w'] }], [['N', 3]])
    expect(onnxFaults(draftOf(free, chosen))[field]).toBe(fault)
  })
  test('another model when it has several inputs, or one that is not a picture', () => {
    const two = header([{ shape: [1, 3, 8, 8] }, { shape: [1] }], [[1, 2]])
    expect(onnxFaults(draftOf(two))).toEqual({ model: 'inputs' })
    expect(onnxFaults(draftOf(header([{ shape: [1, 4] }], [[1, 2]])))).toEqual({ model: 'axes' })
  })
})

describe('the keys of the section', () => {
  const whole: Partial<OnnxDraft> = {
    activation: 'softmax',
    range: 'imagenet',
    labelsFrom: 'none',
    top: '3',
  }
  test('state the range in full; colour and fit go with the preset', () => {
    expect(onnxFaults(draftOf(classifier, whole))).toEqual({})
    expect(onnxKeys(draftOf(classifier, whole))).toEqual({
      model: 'net.onnx',
      preprocess: {
        fit: 'cover',
        colour: 'rgb',
        layout: 'nchw',
        divide_by: 255,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      },
      output: { type: 'classification', activation: 'softmax', top: 3 },
    })
  })
  test.each([
    ['unit', { divide_by: 255 }],
    ['symmetric', { divide_by: 255, mean: 0.5, std: 0.5 }],
    ['raw', { divide_by: 1 }],
    ['custom', { divide_by: 127.5, mean: 1, std: [1, 2, 3] }],
  ] as const)('have the numbers of %s', (range, numbers) => {
    const custom = { divideBy: '127.5', mean: '1', std: '[1, 2, 3]' }
    const chosen = { ...custom, range, colour: 'bgr', fit: 'stretch' } as const
    expect(onnxKeys(draftOf(classifier, chosen))['preprocess']).toEqual({
      fit: 'stretch',
      colour: 'bgr',
      layout: 'nchw',
      ...numbers,
    })
  })
  test('have a size only where the file has none, and the labels that were pasted', () => {
    const free = header([{ shape: ['N', 3, 'h', 'w'] }], [['N', 2]])
    const draft = draftOf(free, {
      ...whole,
      width: '160',
      height: '120',
      labelsFrom: 'list',
      labels: 'cat\ndog\n',
    })
    expect(onnxFaults(draft)).toEqual({})
    expect(onnxKeys(draft)).toMatchObject({
      preprocess: { size: [160, 120] },
      labels: ['cat', 'dog'],
    })
  })
  test('of a detector have neither a best number nor keys that its schema refuses', () => {
    const yolo = header([{ shape: [1, 3, 64, 64] }], [[1, 84, 8400]])
    const keys = onnxKeys(
      draftOf(yolo, { ...whole, range: 'unit', colour: 'rgb', fit: 'letterbox' }),
    )
    expect(keys['output']).toEqual({ type: 'detection' })
    const section = { runtime: 'onnx', host: 'localhost', port: 8770, ...keys }
    expect(backendConfigSchema.safeParse(section).error?.issues).toBeUndefined()
  })
})

test.each([
  ['cat\n dog \n\n', ['cat', 'dog']],
  ['cat, dog,bird', ['cat', 'dog', 'bird']],
  [
    'tench, Tinca tinca\ngoldfish, Carassius auratus',
    ['tench, Tinca tinca', 'goldfish, Carassius auratus'],
  ],
  ['', []],
])('the pasted list %j has the labels %j', (text, labels) => {
  expect(linesOf(text)).toEqual(labels)
})
