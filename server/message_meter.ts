/**
 * Parses the frames of a WebSocket (RFC 6455, 5.2) from its socket, before ws sees them, to know the size of an unfinished message.
 * ws would unmask and join a message in one go, 150 ms each for 100 MiB. So masks are removed here, chunk by chunk, and where the
 * reader accepts parts, a long frame is passed on as many short frames, which ws does not have to join.
 */
const FIN = 0x80
const RESERVED = 0x70
const OPCODE = 0x0f
const CONTINUATION = 0x00
const TEXT = 0x01
const BINARY = 0x02
const CONTROL = 0x08
const MASKED = 0x80
const LENGTH = 0x7f
const MASK_BYTES = 4

/** Frames with more payload are passed on in parts. ws joins shorter ones within 0.3 ms. */
const WHOLE_BYTES_MAX = 256 * 1024
/** Minimum payload of a part. Sockets are read 64 KiB at a time. */
const PART_BYTES_MIN = 32 * 1024
/** Half of the fragments that ws accepts in a message. */
const PARTS_MAX = 8192

export type Pass = (bytes: Buffer) => void

export class MessageMeter {
  /** Payload received of the current message; 0 between messages. */
  unfinishedBytes = 0
  isWithin = false
  messages = 0
  messageBytes = 0
  /** Frames of messages up to this many bytes are passed on in parts; 0 = every frame is passed on unchanged. */
  partsMax = 0
  /** For each message that ws sees as binary, oldest first: whether it was text. Only with parts. */
  readonly cameAsText: boolean[] = []
  private readonly header = new Uint8Array(10)
  private headerRead = 0
  private headerBytes = 2
  private isMasked = false
  private readonly mask = new Uint8Array(MASK_BYTES)
  private maskRead = 0
  private payloadLeft = 0
  private payloadRead = 0
  private place: 'header' | 'mask' | 'payload' = 'header'
  /** Offsets in the current chunk: the first byte not passed on, and the current header; -1 = in an earlier chunk. */
  private from = 0
  private headerAt = -1
  private isText = false
  private isPassedAsBinary = false
  /** Of the current frame: it is passed on in parts, and the next part is the first. */
  private isInParts = false
  private isFirstPart = false
  private part: Buffer | null = null
  private partBytes = 0

  /** Modifies `chunk`: payloads are unmasked, and their masks set to zero. */
  read(chunk: Buffer, pass: Pass): void {
    let at = 0
    this.from = 0
    this.headerAt = -1
    while (at < chunk.length) {
      switch (this.place) {
        case 'header':
          if (this.headerRead === 0) this.headerAt = at
          if (this.readHeader(chunk[at++] as number)) this.beginPayload(chunk, at, pass)
          break
        case 'mask':
          this.mask[this.maskRead++] = chunk[at] as number
          chunk[at++] = 0
          if (this.maskRead === MASK_BYTES) this.beginPayload(chunk, at, pass)
          break
        case 'payload':
          at = this.readPayload(chunk, at, pass)
          break
        default:
          this.place satisfies never
      }
    }
    const isInHeader = this.place === 'mask' || this.headerRead > 0
    // An incomplete header waits for the next chunk.
    if (!isInHeader) this.passUpTo(chunk, chunk.length, pass)
    else if (this.headerAt !== -1) this.passUpTo(chunk, this.headerAt, pass)
  }

  private readHeader(byte: number): boolean {
    this.header[this.headerRead++] = byte
    if (this.headerRead === 1 && !this.isControl) this.isWithin = true
    if (this.headerRead === 2) {
      this.isMasked = (byte & MASKED) !== 0
      const length = byte & LENGTH
      this.headerBytes = length === 126 ? 4 : length === 127 ? 10 : 2
    }
    if (this.headerRead < this.headerBytes) return false
    this.payloadLeft = this.payloadLength()
    this.maskRead = 0
    if (this.isMasked) this.place = 'mask'
    return !this.isMasked
  }

  private beginPayload(chunk: Buffer, at: number, pass: Pass): void {
    this.payloadRead = 0
    this.place = 'payload'
    this.headerRead = 0
    if (this.partsMax > 0 && !this.isControl) this.chooseForm(chunk)
    if (this.isInParts) {
      if (this.headerAt !== -1) this.passUpTo(chunk, this.headerAt, pass)
      this.from = at
    } else if (this.headerAt === -1) {
      // Its first bytes are kept from an earlier chunk.
      pass(Buffer.from(this.header.subarray(0, this.headerBytes)))
      if (this.isMasked) pass(Buffer.alloc(MASK_BYTES))
      this.from = at
    }
    if (this.payloadLeft === 0) this.endFrame()
  }

  /** Whether the frame is passed on in parts, and as which type. ws joins text, but leaves the parts of a binary message alone. */
  private chooseForm(chunk: Buffer): void {
    const first = this.header[0] as number
    const opcode = first & OPCODE
    // Above the limit ws sees the announced length and closes the connection.
    const isAllowed = this.unfinishedBytes + this.payloadLeft <= this.partsMax
    this.isInParts = isAllowed && this.payloadLeft > WHOLE_BYTES_MAX
    this.isFirstPart = true
    const isLast = (first & FIN) !== 0
    if (opcode !== CONTINUATION) {
      this.isText = opcode === TEXT
      this.isPassedAsBinary = !this.isText || this.isInParts || !isLast
      if (this.isText && this.isPassedAsBinary) {
        this.header[0] = (first & ~OPCODE) | BINARY
        if (this.headerAt !== -1) chunk[this.headerAt] = this.header[0]
      }
    }
    // ws may emit the message as soon as it has the last byte.
    if (isLast && this.isPassedAsBinary) this.cameAsText.push(this.isText)
  }

  private readPayload(chunk: Buffer, from: number, pass: Pass): number {
    const count = Math.min(chunk.length - from, this.payloadLeft)
    const to = from + count
    if (this.isMasked) unmask(chunk.subarray(from, to), this.mask, this.payloadRead)
    this.payloadRead += count
    this.payloadLeft -= count
    if (!this.isControl) this.unfinishedBytes += count
    if (this.isInParts) {
      this.passInParts(chunk.subarray(from, to), pass)
      this.from = to
    }
    if (this.payloadLeft === 0) this.endFrame()
    return to
  }

  private passInParts(payload: Buffer, pass: Pass): void {
    const isEnd = this.payloadLeft === 0
    if (this.part === null && (isEnd || payload.length >= this.partBytesMin)) {
      this.passPart(payload, pass)
      return
    }
    for (let at = 0; at < payload.length;) {
      this.part ??= Buffer.allocUnsafeSlow(2 * this.partBytesMin)
      const count = payload.copy(this.part, this.partBytes, at)
      at += count
      this.partBytes += count
      const isLast = isEnd && at === payload.length
      if (!isLast && this.partBytes < this.part.length) continue
      const part = this.part.subarray(0, this.partBytes)
      this.part = null
      this.partBytes = 0
      this.passPart(part, pass, isLast)
    }
  }

  private get partBytesMin(): number {
    return Math.max(PART_BYTES_MIN, Math.ceil(this.partsMax / PARTS_MAX))
  }

  private passPart(payload: Buffer, pass: Pass, isLast = this.payloadLeft === 0): void {
    const first = this.header[0] as number
    const opcode = this.isFirstPart ? first & (RESERVED | OPCODE) : CONTINUATION
    this.isFirstPart = false
    const head = Buffer.alloc(10 + (this.isMasked ? MASK_BYTES : 0))
    head[0] = opcode | (isLast ? first & FIN : 0)
    head[1] = 127 | (this.isMasked ? MASKED : 0)
    head.writeUInt32BE(payload.length, 6)
    pass(head)
    pass(payload)
  }

  private passUpTo(chunk: Buffer, end: number, pass: Pass): void {
    if (this.from === 0 && end === chunk.length) pass(chunk)
    else if (end > this.from) pass(chunk.subarray(this.from, end))
    this.from = end
  }

  private endFrame(): void {
    if (!this.isControl && ((this.header[0] as number) & FIN) !== 0) {
      this.messageBytes += this.unfinishedBytes
      this.unfinishedBytes = 0
      this.isWithin = false
      this.messages++
    }
    this.isInParts = false
    this.place = 'header'
    this.headerBytes = 2
  }

  /** A ping may arrive between the parts of a message. */
  private get isControl(): boolean {
    return ((this.header[0] as number) & OPCODE & CONTROL) !== 0
  }

  private payloadLength(): number {
    const { header } = this
    const view = new DataView(header.buffer)
    const short = (header[1] as number) & LENGTH
    if (short === 126) return view.getUint16(2)
    return short === 127 ? view.getUint32(2) * 2 ** 32 + view.getUint32(6) : short
  }
}

function unmask(bytes: Uint8Array, mask: Uint8Array, offset: number): void {
  let at = 0
  const aligned = Math.min(bytes.length, (4 - (bytes.byteOffset & 3)) & 3)
  for (; at < aligned; at++) unmaskByte(bytes, at, mask, offset)
  const count = (bytes.length - at) >> 2
  if (count > 0) {
    const turned = Uint8Array.from(mask, (_, index) => mask[(offset + at + index) & 3] as number)
    const [word = 0] = new Int32Array(turned.buffer)
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count)
    if (word !== 0)
      for (let index = 0; index < count; index++) words[index] = (words[index] as number) ^ word
    at += count << 2
  }
  for (; at < bytes.length; at++) unmaskByte(bytes, at, mask, offset)
}

function unmaskByte(bytes: Uint8Array, at: number, mask: Uint8Array, offset: number): void {
  bytes[at] = (bytes[at] as number) ^ (mask[(offset + at) & 3] as number)
}
