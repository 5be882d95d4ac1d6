/** Recognizes files that are mistaken for ONNX models by their first bytes, and names a remedy. */
import { message, type Message, type PlainCode } from '../protocol/messages.ts'

export const START_BYTES = 512

/** Continues a sentence: `is a web page, not a model. Download the file itself.` null for a possible model. */
export function otherFormat(start: Uint8Array): Message | null {
  if (start.length === 0) return message('format.empty')
  if (start.every((byte) => byte === 0)) return message('format.zeros')
  const bytes = Buffer.from(start).toString('latin1')
  const binary = BINARY_STARTS.find(([at, mark]) => bytes.startsWith(mark, at))
  if (binary !== undefined) return message(binary[2])
  // 8 bytes with the length of a JSON header, then the header.
  if (bytes.startsWith('\0\0\0\0{"', 4)) return message('format.safetensors')
  const text = readableText(start)
  if (text === null) return null
  const known = TEXT_STARTS.find(([prefix]) => text.toLowerCase().startsWith(prefix))
  return known === undefined ? message('format.text', { text: excerptOf(text) }) : message(known[1])
}

const BINARY_STARTS: readonly (readonly [number, string, PlainCode])[] = [
  [0, 'PK\x03\x04', 'format.archive'],
  [0, '\x89HDF', 'format.hdf5'],
  [4, 'TFL3', 'format.tflite'],
  [0, 'GGUF', 'format.gguf'],
  [0, 'ftrt', 'format.tensorrt'],
  [0, '\x93NUMPY', 'format.numpy'],
  ...['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'].map(
    (mark) => [0, mark, 'format.pickle'] as const,
  ),
  ...['\x1f\x8b', '7z\xbc\xaf', 'Rar!', '\xfd7zXZ', 'BZh', '\x28\xb5\x2f\xfd'].map(
    (mark) => [0, mark, 'format.compressed'] as const,
  ),
  [257, 'ustar', 'format.compressed'],
  ...['\x89PNG', '\xff\xd8\xff'].map((mark) => [0, mark, 'format.picture'] as const),
]

const TEXT_STARTS: readonly (readonly [string, PlainCode])[] = [
  ['version https://git-lfs', 'format.git_lfs'],
  ['<!doctype', 'format.web_page'],
  ['<html', 'format.web_page'],
  ['<?xml', 'format.xml'],
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
  const line = text.replace(/\s+/g, ' ')
  return line.length <= EXCERPT_LENGTH_MAX ? line : `${line.slice(0, EXCERPT_LENGTH_MAX)}…`
}
