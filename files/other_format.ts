/** Recognizes files that are mistaken for ONNX models by their first bytes, and names a remedy. */
import { printable } from '../protocol/printable.ts'

export const START_BYTES = 512

/** Continues a sentence: `is a web page, not a model. Download the file itself.` null for a possible model. */
export function otherFormat(start: Uint8Array): string | null {
  if (start.length === 0) return 'is empty. Copy or export it again.'
  if (start.every((byte) => byte === 0)) {
    return 'only has zero bytes at its start, like an incomplete download. Copy or export it again.'
  }
  const bytes = Buffer.from(start).toString('latin1')
  const binary = BINARY_STARTS.find(([at, mark]) => bytes.startsWith(mark, at))
  if (binary !== undefined) return binary[2]
  // 8 bytes with the length of a JSON header, then the header.
  if (bytes.startsWith('\0\0\0\0{"', 4)) {
    return 'holds weights without a graph (safetensors). Export the model to ONNX.'
  }
  const text = readableText(start)
  if (text === null) return null
  const known = TEXT_STARTS.find(([prefix]) => text.toLowerCase().startsWith(prefix))
  return known?.[1] ?? `is a text ("${excerptOf(text)}"), not a model. Download the file itself.`
}

const COMPRESSED = 'is a compressed file. Unpack it.'
const PICKLE =
  'is a Python pickle, such as a PyTorch checkpoint or a scikit-learn model. Export the model to ONNX.'
const PICTURE = 'is a picture, not a model. Correct the path.'

const BINARY_STARTS: readonly (readonly [number, string, string])[] = [
  [
    0,
    'PK\x03\x04',
    'is an archive, such as a PyTorch checkpoint (.pt). Export the model to ONNX, or unpack the archive that holds it.',
  ],
  [0, '\x89HDF', 'is an HDF5 file, such as a Keras model (.h5). Convert the model to ONNX.'],
  [4, 'TFL3', 'is a TensorFlow Lite model (.tflite). Convert the model to ONNX with tf2onnx.'],
  [0, 'GGUF', 'is a GGUF model of llama.cpp. Serve it with llama-server as runtime: command.'],
  [0, 'ftrt', 'is a TensorRT engine. Use the ONNX file that it was built from.'],
  [0, '\x93NUMPY', 'is a NumPy array, not a model. Correct the path.'],
  ...['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'].map((mark) => [0, mark, PICKLE] as const),
  ...['\x1f\x8b', '7z\xbc\xaf', 'Rar!', '\xfd7zXZ', 'BZh', '\x28\xb5\x2f\xfd'].map(
    (mark) => [0, mark, COMPRESSED] as const,
  ),
  [257, 'ustar', COMPRESSED],
  ...['\x89PNG', '\xff\xd8\xff'].map((mark) => [0, mark, PICTURE] as const),
]

const PAGE = 'is a web page, not a model. Download the file itself.'
const TEXT_STARTS: readonly (readonly [string, string])[] = [
  [
    'version https://git-lfs',
    'is a Git LFS pointer, not the model itself. Run `git lfs pull` in its repository, or download the file.',
  ],
  ['<!doctype', PAGE],
  ['<html', PAGE],
  ['<?xml', 'is an XML file, such as an OpenVINO model (.xml). Export the model to ONNX.'],
]

const TAB = 9
const CARRIAGE_RETURN = 13
const SPACE = 32
const DELETE = 127

/** null for bytes that are not text. An ONNX file starts with the byte 8 (backspace). */
function readableText(start: Uint8Array): string | null {
  const isText = start.every(
    (byte) => (byte >= SPACE && byte !== DELETE) || (byte >= TAB && byte <= CARRIAGE_RETURN),
  )
  const text = new TextDecoder().decode(start, { stream: true }).trim()
  return isText && !text.includes('\ufffd') ? text : null
}

const EXCERPT_LENGTH_MAX = 40

function excerptOf(text: string): string {
  const line = printable(text.replace(/\s+/g, ' '))
  return line.length <= EXCERPT_LENGTH_MAX ? line : `${line.slice(0, EXCERPT_LENGTH_MAX)}…`
}
