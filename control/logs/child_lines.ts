/** From the raw output of a process to lines: split, cut at a bound, cleaned of control sequences. Their meaning: parse_line.ts. */
import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'

export { ChildLineParser } from './parse_line.ts'

/** Characters (UTF-16) of a line that are kept: no line may fill the memory. */
export const LINE_LENGTH_MAX = 256 * 1024
/** Bytes held of a line: three for each kept character, the most that UTF-8 needs for one, and room for control sequences. */
const HELD_BYTES_MAX = 3 * LINE_LENGTH_MAX + 64 * 1024

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Splits a stream of bytes into lines, the same ones wherever its chunks are cut: bytes are held until a line is whole, so that no
 * character and no escape sequence is ever seen in half. Broken UTF-8 becomes replacement characters. A carriage return starts
 * the line anew, as on a terminal: of a progress bar its last state is kept. Lines with nothing visible are left out.
 */
export class LineSplitter {
  private readonly onLine: (line: string) => void
  private held: Buffer | null = null
  private heldBytes = 0
  /** Bytes of the line so far, also those beyond what is held. */
  private lineBytes = 0
  /** A carriage return came last: what follows on the same line replaces it. */
  private isReturned = false
  /** What `emitOpen` has handed on of the line so far. */
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

  /** Whether a line has begun whose present state was not handed on: a progress bar, or a question that waits for its answer. */
  get hasOpen(): boolean {
    return this.lineBytes > 0 && this.openText() !== this.shown
  }

  /** Emits the state of the line that has begun, as a line of its own. What ends the line is emitted too, unless it is the same. */
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

  /** Emits what is left without a line end. */
  end(): void {
    this.endLine(NO_BYTES, 0, 0)
    this.held = null
  }

  private endLine(chunk: Buffer, from: number, end: number): void {
    const isWhole = this.lineBytes === 0 && !this.isReturned && end - from <= LINE_LENGTH_MAX
    if (isWhole) {
      // Most lines lie in one chunk and are short enough, whatever they hold. Decoding makes a string of its own, which keeps nothing of the chunk alive.
      this.emit(chunk.toString('utf8', from, end), end - from, false)
      return
    }
    this.hold(chunk.subarray(from, end))
    const bytes = this.held?.subarray(0, this.heldBytes) ?? NO_BYTES
    const isCut = this.lineBytes > this.heldBytes
    // The decoder keeps back a character that the bound cut through; toString() would show it as broken.
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
/** Every control character but the tab, and the byte order mark that some Windows programs begin with. */
const CONTROL_SET = String.raw`\u0000-\u0008\u000a-\u001f\u007f-\u009f\ufeff`
const CONTROL = new RegExp(`[${CONTROL_SET}]`)
const CONTROLS = new RegExp(`[${CONTROL_SET}]`, 'g')
/**
 * ECMA-48, 5.4 and 5.6: control sequences, and control strings such as window titles, whose text node:util leaves behind.
 * A string ends at the next control character too: an unterminated one must not be searched for its end again and again.
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
