/**
 * Follows the frames of a WebSocket (RFC 6455, 5.2) in the bytes of its socket, before ws sees them: how much there is of a message
 * that has not ended. ws would unmask a message and join its bytes in one go, 150 ms each for 100 MiB. So masks are removed here, a
 * chunk at a time, and where the reader takes parts, a long frame is passed on as many short ones that ws has nothing to join of.
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

/** Payload of a frame above which it is passed on in parts. Shorter ones are joined by ws, within 0.3 ms. */
const WHOLE_BYTES_MAX = 256 * 1024
/** Payload of a part, at the least. Sockets are read 64 KiB at a time. */
const PART_BYTES_MIN = 32 * 1024
/** Half of what ws takes of a message. */
const PARTS_MAX = 8192

/** Takes bytes on to ws. */
export type Pass = (bytes: Buffer) => void

export class MessageMeter {
  /** Payload so far of the message that has begun; 0 between messages. */
  unfinishedBytes = 0
  /** A message has begun, be it by its first header byte, and has not ended. */
  isWithin = false
  /** Messages that have ended, and their payload. */
  messages = 0
  messageBytes = 0
  /** Frames of messages up to so many bytes are passed on in parts; 0 = ws gets each frame as it came. */
  partsMax = 0
  /** For each message that ws takes for a binary one, the oldest first: whether it came as text. Only with parts. */
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
  /** In the present chunk: where what was not passed on begins, and the present header; -1 = in an earlier chunk. */
  private from = 0
  private headerAt = -1
  /** Of the present message. */
  private isText = false
  private isPassedAsBinary = false
  /** Of the present frame: it goes on in parts, of which the next one is the first. */
  private isInParts = false
  private isFirstPart = false
  /** Payload that is too little for a part of its own. */
  private part: Buffer | null = null
  private partBytes = 0

  /** Changes `chunk`: the payloads in it are plain, and their masks zero. */
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
    // A header that is not complete waits.
    if (!isInHeader) this.passUpTo(chunk, chunk.length, pass)
    else if (this.headerAt !== -1) this.passUpTo(chunk, this.headerAt, pass)
  }

  /** True when it was the last byte before the payload. */
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
      // Its first bytes came in an earlier chunk, and were kept.
      pass(Buffer.from(this.header.subarray(0, this.headerBytes)))
      if (this.isMasked) pass(Buffer.alloc(MASK_BYTES))
      this.from = at
    }
    if (this.payloadLeft === 0) this.endFrame()
  }

  /** Whether the frame goes on in parts, and as what. ws joins text, and leaves the parts of a binary message as they are. */
  private chooseForm(chunk: Buffer): void {
    const first = this.header[0] as number
    const opcode = first & OPCODE
    // Above the limit ws sees what was announced, and closes the connection for it.
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
    // ws may give the message away as soon as it has the last byte.
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

  /** A ping may come between the parts of a message. */
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

/** `offset`: bytes of the payload before these. */
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
