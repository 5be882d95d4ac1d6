/**
 * Streams protocol buffers from a file; skipped fields are never in memory (https://protobuf.dev/programming-guides/encoding).
 */
import type { FileHandle } from 'node:fs/promises'
import { MessageError } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'

/** The four wire types that proto2 and proto3 write today. */
export const VARINT = 0
export const FIXED_64 = 1
export const BYTES = 2
export const FIXED_32 = 5

export interface Field {
  number: number
  type: number
  value: number
  start: number
  end: number
}

const BLOCK_BYTES = 64 * 1024
/** Longest text to read, in bytes: names and notes are far shorter. */
const TEXT_BYTES_MAX = 64 * 1024

export class WireReader {
  private readonly file: FileHandle
  private block = Buffer.alloc(0)
  private blockStart = 0

  constructor(file: FileHandle) {
    this.file = file
  }

  /** The fields between two offsets. Throws when the bytes are not a protocol buffer. */
  async *fields(start: number, end: number): AsyncGenerator<Field> {
    let at = start
    while (at < end) {
      const tag = await this.varint(at, end)
      const number = Math.floor(tag.value / 8)
      const type = tag.value % 8
      if (number === 0) throw new MessageError(message('wire.no_field', { at }))
      at = tag.end
      const field = { number, type, value: 0, start: at, end: at }
      switch (type) {
        case VARINT: {
          const { value, end: next } = await this.varint(at, end)
          field.value = value
          at = next
          break
        }
        case FIXED_64:
          at += 8
          break
        case FIXED_32:
          at += 4
          break
        case BYTES: {
          const length = await this.varint(at, end)
          field.start = length.end
          field.end = length.end + length.value
          at = field.end
          break
        }
        default:
          throw new MessageError(message('wire.type', { type, at }))
      }
      if (at > end) throw new MessageError(message('wire.too_long', { at: field.start }))
      yield field
    }
  }

  async text({ start, end }: Pick<Field, 'start' | 'end'>): Promise<string> {
    const length = Math.min(end - start, TEXT_BYTES_MAX)
    if (start < this.blockStart || start + length > this.blockStart + this.block.length) {
      await this.load(start)
    }
    const from = start - this.blockStart
    return this.block.toString('utf8', from, from + length)
  }

  private async varint(at: number, end: number): Promise<{ value: number; end: number }> {
    let value = 0
    for (let place = 0; place < 10; place++) {
      if (at + place >= end) throw new MessageError(message('wire.no_end', { at }))
      const byte = await this.byte(at + place)
      // Above 2^53 the value is negative or a hash, never a length or count.
      value += (byte & 0x7f) * 2 ** (7 * place)
      if (byte < 0x80) return { value, end: at + place + 1 }
    }
    throw new MessageError(message('wire.long_number', { at }))
  }

  private async byte(at: number): Promise<number> {
    if (at < this.blockStart || at >= this.blockStart + this.block.length) await this.load(at)
    const byte = this.block[at - this.blockStart]
    if (byte === undefined) throw new MessageError(message('wire.cut', { at }))
    return byte
  }

  private async load(at: number): Promise<void> {
    const buffer = Buffer.alloc(BLOCK_BYTES)
    const { bytesRead } = await this.file.read(buffer, 0, BLOCK_BYTES, at)
    this.block = buffer.subarray(0, bytesRead)
    this.blockStart = at
  }
}
