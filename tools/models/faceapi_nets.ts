/** The networks of @vladmandic/face-api. It ships weights only, so their layers are rebuilt from its sources. */
import type { LayerBuilder, Value } from './layers.ts'
import type { Weights, WeightTensor } from './weights.ts'

/** Builds a network on the normalized `image` [N, S, S, 3] and returns its only output. */
export type FaceApiNet = (image: Value, weights: Weights, layers: LayerBuilder) => Value

/** src/faceExpressionNet/FaceExpressionNet.ts: feature extractor, dense layer, softmax. */
export const expressionNet: FaceApiNet = (image, weights, layers) =>
  layers.softmax(denseHead(image, weights, layers))

/** src/faceLandmarkNet/FaceLandmark68NetBase.ts, `runNet`: 68 pairs x, y as shares of the square's side. */
export const landmark68Net: FaceApiNet = (image, weights, layers) =>
  denseHead(image, weights, layers)

/** src/tinyYolov2/TinyYolov2Base.ts, `runMobilenet`: a grid of 13x13 cells with 5 boxes of 5 values each. */
export const tinyDetectorNet: FaceApiNet = (image, weights, layers) => {
  let out = layers.conv2d(image, ...convolutionOf(weights, 'conv0'), [1, 1], 'VALID')
  out = layers.leakyRelu(out, LEAKY_SLOPE)
  for (const name of ['conv1', 'conv2', 'conv3', 'conv4', 'conv5']) {
    out = layers.maxPool(out, { size: [2, 2], strides: [2, 2], padding: 'SAME' })
    out = layers.pad(out, ONE_PIXEL_BORDER)
    out = separable(out, weights, name, [1, 1], 'VALID', layers)
    out = layers.leakyRelu(out, LEAKY_SLOPE)
  }
  out = layers.maxPool(out, { size: [2, 2], strides: [1, 1], padding: 'SAME' })
  return layers.conv2d(out, ...convolutionOf(weights, 'conv8'), [1, 1], 'VALID')
}

/** src/tinyYolov2/leaky.ts */
const LEAKY_SLOPE = 0.1
/** src/tinyYolov2/depthwiseSeparableConv.ts */
const ONE_PIXEL_BORDER: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 1],
  [1, 1],
  [0, 0],
]

/** src/faceFeatureExtractor/FaceFeatureExtractor.ts and src/faceProcessor/FaceProcessor.ts */
function denseHead(image: Value, weights: Weights, layers: LayerBuilder): Value {
  let out = image
  for (const block of ['dense0', 'dense1', 'dense2', 'dense3']) {
    out = denseBlock(out, weights, block, layers)
  }
  out = layers.averagePool(out, [7, 7], [2, 2])
  const features = out.shape.slice(1).reduce((product, size) => product * size, 1)
  const flat = layers.reshape(out, [features])
  return layers.dense(flat, weightOf(weights, 'fc/weights'), weightOf(weights, 'fc/bias'))
}

/** src/faceFeatureExtractor/denseBlock.ts, `denseBlock4`: every convolution sees the sum of all before it. */
function denseBlock(x: Value, weights: Weights, prefix: string, layers: LayerBuilder): Value {
  const first = weights.has(`${prefix}/conv0/filters`)
    ? layers.conv2d(x, ...convolutionOf(weights, `${prefix}/conv0`), [2, 2], 'SAME')
    : separable(x, weights, `${prefix}/conv0`, [2, 2], 'SAME', layers)
  let sum = layers.relu(first)
  let total = sum
  for (const name of ['conv1', 'conv2', 'conv3']) {
    const next = separable(sum, weights, `${prefix}/${name}`, [1, 1], 'SAME', layers)
    total = layers.add(total, next)
    sum = layers.relu(total)
  }
  return sum
}

/** src/common/depthwiseSeparableConv.ts */
function separable(
  x: Value,
  weights: Weights,
  prefix: string,
  strides: readonly [number, number],
  padding: 'SAME' | 'VALID',
  layers: LayerBuilder,
): Value {
  const spatial = weightOf(weights, `${prefix}/depthwise_filter`)
  const mixing = weightOf(weights, `${prefix}/pointwise_filter`)
  const wide = layers.depthwiseConv2d(x, spatial, strides, padding)
  return layers.conv2d(wide, mixing, weightOf(weights, `${prefix}/bias`), [1, 1], 'VALID')
}

const convolutionOf = (weights: Weights, prefix: string): [WeightTensor, WeightTensor] => [
  weightOf(weights, `${prefix}/filters`),
  weightOf(weights, `${prefix}/bias`),
]

function weightOf(weights: Weights, name: string): WeightTensor {
  const weight = weights.get(name)
  if (!weight) throw new Error(`the weight file has no "${name}"`)
  return weight
}
