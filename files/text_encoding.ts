/** Decodes text files as editors save them: UTF-8 or UTF-16, with or without a byte order mark. */
import { message } from '../protocol/messages.ts'
import { UnreadableFile } from './regular_file.ts'

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/** By the mark, or since the first character is ASCII (https://yaml.org/spec/1.2.2/#52-character-encodings). */
export function encodingOf(bytes: Uint8Array): TextEncoding {
  const [first = 1, second = 1] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  if (first !== 0 && second === 0) return 'utf-16le'
  return first === 0 && second !== 0 ? 'utf-16be' : 'utf-8'
}

/**
 * Keeps the byte order mark, so that `encodeText` returns the same bytes. Throws UnreadableFile with the line of an invalid byte.
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes)
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    const line = badLine(bytes, encoding)
    const said = message('file.encoding', { line, encoding: encoding.toUpperCase() })
    throw new UnreadableFile('ENCODING', said, { cause })
  }
}

export const decodePlainText = (bytes: Uint8Array): string =>
  decodeText(bytes).replace(/^\ufeff/, '')

export function encodeText(text: string, encoding: TextEncoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8')
  const bytes = Buffer.from(text, 'utf16le')
  return encoding === 'utf-16le' ? bytes : bytes.swap16()
}

/** Invalid bytes decode to a replacement character; counts the lines before the first one. */
function badLine(bytes: Uint8Array, encoding: TextEncoding): number {
  const [good = ''] = new TextDecoder(encoding).decode(bytes).split('\ufffd')
  return good.split('\n').length
}
