import { expect, it } from 'vitest'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { otherFormat, START_BYTES } from './other_format.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const padded = (text: string) => Buffer.concat([latin1(text), Buffer.alloc(START_BYTES)])
const safetensors = (header: string) => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, latin1(header), Buffer.alloc(4)])
}

it.each<[string, Uint8Array, RegExp]>([
  ['nothing', Buffer.alloc(0), /^is empty/],
  ['an unfinished download', Buffer.alloc(START_BYTES), /^only has zero bytes at its start/],
  ['PyTorch', padded('PK\x03\x04'), /PyTorch checkpoint \(\.pt\)\. Export the model to ONNX/],
  ['an older PyTorch', padded('\x80\x02\x8a\nl\xfc\x9cF\xf9 j'), /^is a Python pickle/],
  ['Keras', padded('\x89HDF\r\n\x1a\n'), /^is an HDF5 file/],
  ['TensorFlow Lite', padded('\x1c\0\0\0TFL3'), /\.tflite.* Convert the model to ONNX/],
  ['safetensors', safetensors('{"__metadata__":{"format":"pt"}}'), /\(safetensors\)\. Export/],
  ['GGUF', padded('GGUF\x03\0\0\0'), /llama-server/],
  ['TensorRT', padded('ftrt'), /^is a TensorRT engine/],
  ['NumPy', padded('\x93NUMPY\x01\0'), /^is a NumPy array/],
  ['gzip', padded('\x1f\x8b\x08\0'), /^is a compressed file\. Unpack it/],
  ['tar', Buffer.concat([padded('model.onnx').subarray(0, 257), latin1('ustar')]), /Unpack it/],
  ['a picture', padded('\x89PNG\r\n\x1a\n'), /^is a picture/],
  ['a Git LFS pointer', latin1('version https://git-lfs.github.com/spec/v1\r\n'), /git lfs pull/],
  ['a web page', latin1('\n  <!DOCTYPE html>'), /^is a web page/],
  ['OpenVINO', latin1('<?xml version="1.0"?><net name="n"/>'), /OpenVINO.* Export/],
  ['the error of a server', latin1('{"message":"Not Found"}'), /^is a text \("\{"message":/],
  [
    'a text that is cut within a character',
    Buffer.from('zu kürzen: ü').subarray(0, -1),
    /^is a text/,
  ],
])('a file of %s is named with its remedy', (_title, start, sentence) => {
  expect(otherFormat(start)?.message).toMatch(sentence)
})

it.each<[string, Uint8Array]>([
  ['ONNX', colourMeansModel(8)],
  // onnxruntime loads its own format too.
  ['onnxruntime', padded('\x1c\0\0\0ORTM')],
  ['unknown bytes', Uint8Array.of(7, 200, 3)],
])('a file of %s may be a model', (_title, bytes) => {
  expect(otherFormat(bytes.subarray(0, START_BYTES))).toBeNull()
})
