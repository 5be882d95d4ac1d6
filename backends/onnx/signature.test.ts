import type { InferenceSession } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { outputSchema, preprocessSchema } from '../../protocol/onnx_config.ts'
import { readSignature } from './signature.ts'

type Port = InferenceSession['inputMetadata'][number]
type Shape = (number | string)[]

const tensor = (name: string, shape: Shape, type = 'float32') =>
  ({ name, isTensor: true, type, shape }) as Port
const list = (name: string) => ({ name, isTensor: false }) as Port
const SCORES = tensor('y', ['N', 3])

const signature = (
  inputs: Port[],
  outputs: Port[] = [SCORES],
  { preprocess = {}, output = {} }: { preprocess?: object; output?: object } = {},
) =>
  readSignature(
    { inputMetadata: inputs, outputMetadata: outputs },
    {
      model: 'm.onnx',
      labels: undefined,
      preprocess: preprocessSchema.parse(preprocess),
      output: outputSchema.parse({ type: 'classification', ...output }),
    },
  )
const x = (shape: Shape, type?: string) => tensor('x', shape, type)
const PICTURE = x(['N', 3, 8, 8])

it.each<[string, Port[], Port[], object, RegExp]>([
  [
    'two inputs',
    [PICTURE, tensor('size', [2], 'int64')],
    [SCORES],
    {},
    /inputs x, size; .* exactly one\. Export the model with all other inputs as constants/,
  ],
  ['no input', [], [SCORES], {}, /inputs none/],
  ['a list as input', [list('x')], [SCORES], {}, /Input "x" is not a tensor/],
  ['float16', [x(['N', 3, 8, 8], 'float16')], [SCORES], {}, /Input "x" is float16; .* Export/],
  ['int8', [x(['N', 3, 8, 8], 'int8')], [SCORES], {}, /Input "x" is int8; .* Export/],
  ['no batch axis', [x([3, 8, 8])], [SCORES], {}, /shape \[3, 8, 8\]; expected are four axes/],
  ['a video', [x(['N', 3, 16, 8, 8])], [SCORES], {}, /expected are four axes/],
  ['a fixed batch', [x([4, 3, 8, 8])], [SCORES], {}, /takes exactly 4 pictures/],
  [
    'NHWC read as NCHW',
    [x(['N', 8, 8, 3])],
    [SCORES],
    {},
    /"x" \[N, 8, 8, 3\] has the size 8 on axis 1, .* feed 3 channels there\. Set preprocess\.layout: nhwc\.$/,
  ],
  [
    'NCHW read as NHWC',
    [PICTURE],
    [SCORES],
    { preprocess: { layout: 'nhwc' } },
    /Set preprocess\.layout: nchw\.$/,
  ],
  [
    'grey read as colour',
    [x(['N', 1, 8, 8])],
    [SCORES],
    {},
    /has the size 1 on axis 1, .* Set preprocess\.colour: grey\.$/,
  ],
  [
    'colour read as grey',
    [PICTURE],
    [SCORES],
    { preprocess: { colour: 'grey' } },
    /feed 1 channel there\. Set preprocess\.colour: rgb or bgr\.$/,
  ],
  [
    'grey in NHWC read as colour in NCHW',
    [x(['N', 8, 8, 1])],
    [SCORES],
    {},
    /Set preprocess\.layout: nhwc and preprocess\.colour: grey\.$/,
  ],
  ['four channels', [x(['N', 4, 8, 8])], [SCORES], {}, /Export the model with 3 channels .* or 1/],
  ['an open size', [x(['N', 3, 'H', 'W'])], [SCORES], {}, /any size\. .*: \[width, height\]\.$/],
  ['an open height', [x(['N', 3, 'H', 8])], [SCORES], {}, /any height\. .*: \[8, height\]\.$/],
  ['an open width', [x(['N', 3, 8, -1])], [SCORES], {}, /any width\. .*: \[width, 8\]\.$/],
  [
    'a size that the half open input does not take',
    [x(['N', 3, 'H', 8])],
    [SCORES],
    { preprocess: { size: [9, 9] } },
    /is \[9, 9\], and the model takes 8 x any height\. Set it to \[8, 9\]\./,
  ],
  [
    'class numbers',
    [PICTURE],
    [tensor('y', ['N'], 'int64')],
    {},
    /"y" is int64; .* the class that was chosen/,
  ],
  [
    'class names',
    [PICTURE],
    [tensor('y', ['N'], 'string')],
    {},
    /"y" is string; .* without the scores/,
  ],
  [
    'float16 scores',
    [PICTURE],
    [tensor('y', ['N', 3], 'float16')],
    {},
    /"y" is float16; .* only\. Export/,
  ],
  ['a list of maps', [PICTURE], [list('z')], {}, /"z" is not a tensor; .* zipmap=False/],
  [
    'class numbers beside a list of maps',
    [PICTURE],
    [tensor('label', ['N'], 'int64'), list('z')],
    {},
    /2 outputs: label \(int64 \[N\]\), z \(not a tensor\)\. Set output\.tensor/,
  ],
  [
    'a list of maps that is chosen',
    [PICTURE],
    [SCORES, list('z')],
    { output: { tensor: 'z' } },
    /"z" is not a tensor/,
  ],
  ['an unknown output', [PICTURE], [SCORES], { output: { tensor: 'q' } }, /no output "q"; .* of y/],
])(
  '%s is refused with the key to change or what to export',
  (_title, inputs, outputs, more, fault) => {
    expect(() => signature(inputs, outputs, more)).toThrow(fault)
  },
)

it.each<[string, Port, object, object]>([
  ['a free batch', PICTURE, {}, { isBatched: true, size: { width: 8, height: 8 } }],
  ['a batch of one', x([1, 3, 6, 8]), {}, { isBatched: false, size: { width: 8, height: 6 } }],
  ['all axes free', x(['N', 'C', 'H', 'W']), { size: [8, 6] }, { size: { width: 8, height: 6 } }],
  ['a free height', x(['N', 3, 'H', 8]), { size: [8, 6] }, { size: { width: 8, height: 6 } }],
  ['grey', x(['N', 1, 8, 8]), { colour: 'grey' }, { type: 'float32' }],
  [
    'bytes in NHWC',
    x(['N', 6, 8, 3], 'uint8'),
    { layout: 'nhwc' },
    { type: 'uint8', size: { width: 8, height: 6 } },
  ],
])('%s is fed', (_title, input, preprocess, expected) => {
  expect(signature([input], [SCORES], { preprocess })).toMatchObject(expected)
})
