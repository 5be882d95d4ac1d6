/** Splits the raw output of a process into lines, truncated and without control sequences; parse_line.ts parses them. */
import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'

export { ChildLineParser } from './parse_line.ts'

export const LINE_LENGTH_MAX = 256 * 1024
/** Three bytes per kept character, the UTF-8 maximum for a UTF-16 unit, plus room for control sequences. */
const HELD_BYTES_MAX = 3 * LINE_LENGTH_MAX + 64 * 1024

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Splits bytes into lines independent of how they are chunked: holds a line until it is complete, so that no character
 * or escape sequence is split. Invalid UTF-8 becomes replacement characters. A carriage return restarts the line, so a
 * progress bar leaves its last state. Drops lines without visible text.
 */
export class LineSplitter {
  private readonly onLine: (line: string) => void
  private held: Buffer | null = null
  private heldBytes = 0
  private lineBytes = 0
  /** The last character was a carriage return: further text replaces the line. */
  private isReturned = false
  private shown: string | null = null

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine
  }

  push(chunk: Buffer): void {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, from)
      if (end === -1) break
      this.endLine(chunk, from, end)
      from = end + 1
    }
    if (from < chunk.length) this.hold(chunk.subarray(from))
  }

  get hasOpen(): boolean {
    return this.lineBytes > 0 && this.openText() !== this.shown
  }

  /** Emits the unfinished line as its own line. Its end is emitted too if it differs. */
  emitOpen(): void {
    const text = this.openText()
    if (text === '' || text === this.shown) return
    this.shown = text
    this.onLine(text)
  }

  private openText(): string {
    const bytes = this.held?.subarray(0, this.heldBytes) ?? NO_BYTES
    const text = cleaned(new StringDecoder('utf8').write(bytes))
    return text.length > LINE_LENGTH_MAX ? cut(text, this.lineBytes) : text
  }

  end(): void {
    this.endLine(NO_BYTES, 0, 0)
    this.held = null
  }

  private endLine(chunk: Buffer, from: number, end: number): void {
    const isWhole = this.lineBytes === 0 && !this.isReturned && end - from <= LINE_LENGTH_MAX
    if (isWhole) {
      // Most lines are in one chunk and short enough. Decoding copies, so the string does not retain the chunk.
      this.emit(chunk.toString('utf8', from, end), end - from, false)
      return
    }
    this.hold(chunk.subarray(from, end))
    const bytes = this.held?.subarray(0, this.heldBytes) ?? NO_BYTES
    const isCut = this.lineBytes > this.heldBytes
    // The decoder holds back a character that the limit cut; toString() would show it as broken.
    const text = isCut ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8')
    this.emit(text, this.lineBytes, isCut)
    this.forget()
    this.isReturned = false
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return
    const end = lengthWithoutReturns(bytes)
    if (end > 0) {
      const start = bytes.lastIndexOf(CARRIAGE_RETURN, end - 1) + 1
      if (start > 0 || this.isReturned) this.forget()
      this.keep(bytes.subarray(start, end))
    }
    this.isReturned = end < bytes.length
  }

  private keep(bytes: Buffer): void {
    this.held ??= Buffer.allocUnsafe(HELD_BYTES_MAX)
    this.heldBytes += bytes.copy(this.held, this.heldBytes)
    this.lineBytes += bytes.length
  }

  private forget(): void {
    this.heldBytes = 0
    this.lineBytes = 0
  }

  private emit(text: string, bytes: number, isCut: boolean): void {
    const clean = CONTROL.test(text) ? cleaned(text) : text.trimEnd()
    const { shown } = this
    this.shown = null
    if (clean === '' || clean === shown) return
    this.onLine(isCut || clean.length > LINE_LENGTH_MAX ? cut(clean, bytes) : clean)
  }
}

const NO_BYTES = Buffer.alloc(0)

function lengthWithoutReturns(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === CARRIAGE_RETURN) end--
  return end
}

function cut(text: string, bytes: number): string {
  const isPairSplit = /[\ud800-\udbff]/.test(text.charAt(LINE_LENGTH_MAX - 1))
  const kept = text.slice(0, isPairSplit ? LINE_LENGTH_MAX - 1 : LINE_LENGTH_MAX)
  const lost = bytes - Buffer.byteLength(kept)
  return `${kept}… (line cut at ${kept.length} characters; ${lost} of its ${bytes} bytes are not kept)`
}

const ESCAPE = String.raw`\u001b`
/** All control characters except tab, and the byte order mark that some Windows programs emit first. */
const CONTROL_SET = String.raw`\u0000-\u0008\u000a-\u001f\u007f-\u009f\ufeff`
const CONTROL = new RegExp(`[${CONTROL_SET}]`)
const CONTROLS = new RegExp(`[${CONTROL_SET}]`, 'g')
/**
 * ECMA-48, 5.4 and 5.6: control sequences, and control strings such as window titles, whose text node:util keeps. The
 * next control character also ends a string, so that an unterminated one is not searched repeatedly.
 */
const STRING_END = String.raw`(?:\u0007|${ESCAPE}\\|\u009c)`
const SEQUENCES = new RegExp(
  String.raw`(?:${ESCAPE}[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f]*${STRING_END}` +
    String.raw`|(?:${ESCAPE}\[|\u009b)[0-?]*[ -/]*[@-~]`,
  'g',
)

function cleaned(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === CARRIAGE_RETURN) end--
  const visible = text.slice(text.lastIndexOf('\r', end - 1) + 1, end)
  return stripVTControlCharacters(visible.replace(SEQUENCES, '')).replace(CONTROLS, '').trimEnd()
}
