/**
 * BMP decoder, since libvips has none here: 1 to 32 bits, uncompressed. Format:
 * https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-storage
 */
import { ProtocolError } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import type { PixelSize } from './image_layout.ts'

interface Masks {
  red: number
  green: number
  blue: number
  alpha: number
}

export interface BmpHeader extends PixelSize {
  bits: number
  /** Rows are stored bottom-up unless the height is negative. */
  isTopDown: boolean
  pixelsAt: number
  paletteAt: number
  entryBytes: 3 | 4
  colours: number
  masks: Masks
}

const FILE_HEADER_BYTES = 14
const CORE_HEADER_BYTES = 12
const INFO_HEADER_BYTES = 40

const NONE = 0
const BIT_FIELDS = 3
const ALPHA_BIT_FIELDS = 6
const COMPRESSION_NAMES: Record<number, string> = {
  1: 'RLE8',
  2: 'RLE4',
  4: 'JPEG',
  5: 'PNG',
}

const MASKS_16: Masks = { red: 0x7c00, green: 0x03e0, blue: 0x001f, alpha: 0 }
const MASKS_32: Masks = { red: 0xff0000, green: 0xff00, blue: 0xff, alpha: 0 }

/** Throws ProtocolError `invalid_image` for truncated or unsupported files. */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = viewOf(bytes)
  if (bytes.byteLength < FILE_HEADER_BYTES + CORE_HEADER_BYTES) throw cutOff()
  const headerBytes = view.getUint32(14, true)
  if (headerBytes === CORE_HEADER_BYTES) return readCoreHeader(view)
  if (headerBytes < INFO_HEADER_BYTES)
    throw refused(message('picture.bmp_header', { bytes: headerBytes }))
  if (bytes.byteLength < FILE_HEADER_BYTES + headerBytes) throw cutOff()
  const height = view.getInt32(22, true)
  const bits = view.getUint16(28, true)
  const compression = view.getUint32(30, true)
  const hasMasks = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS
  if (compression !== NONE && !hasMasks) {
    throw refused(
      message('picture.compressed', {
        name: COMPRESSION_NAMES[compression] ?? message('picture.kind', { kind: compression }),
      }),
    )
  }
  // With the shortest header, the masks follow it.
  const masksBytes =
    hasMasks && headerBytes === INFO_HEADER_BYTES ? (compression === BIT_FIELDS ? 12 : 16) : 0
  const colours = view.getUint32(46, true)
  return checked({
    width: view.getInt32(18, true),
    height: Math.abs(height),
    isTopDown: height < 0,
    bits,
    pixelsAt: view.getUint32(10, true),
    paletteAt: FILE_HEADER_BYTES + headerBytes + masksBytes,
    entryBytes: 4,
    colours: bits > 8 ? 0 : Math.min(colours || 2 ** bits, 2 ** bits),
    masks: hasMasks
      ? masksOf(view, headerBytes > INFO_HEADER_BYTES || compression === ALPHA_BIT_FIELDS)
      : bits === 16
        ? MASKS_16
        : MASKS_32,
  })
}

function readCoreHeader(view: DataView): BmpHeader {
  const bits = view.getUint16(24, true)
  return checked({
    width: view.getUint16(18, true),
    height: view.getUint16(20, true),
    isTopDown: false,
    bits,
    pixelsAt: view.getUint32(10, true),
    paletteAt: FILE_HEADER_BYTES + CORE_HEADER_BYTES,
    entryBytes: 3,
    colours: bits > 8 ? 0 : 2 ** bits,
    masks: bits === 16 ? MASKS_16 : MASKS_32,
  })
}

function masksOf(view: DataView, hasAlpha: boolean): Masks {
  const at = (index: number) => {
    const offset = FILE_HEADER_BYTES + INFO_HEADER_BYTES + index * 4
    return offset + 4 <= view.byteLength ? view.getUint32(offset, true) : 0
  }
  return { red: at(0), green: at(1), blue: at(2), alpha: hasAlpha ? at(3) : 0 }
}

function checked(header: BmpHeader): BmpHeader {
  if (![1, 4, 8, 16, 24, 32].includes(header.bits))
    throw refused(message('picture.bit_pixels', { bits: header.bits }))
  if (header.width < 1 || header.height < 1) {
    throw refused(message('picture.no_area', { width: header.width, height: header.height }))
  }
  return header
}

/**
 * RGBA, top-down. All-zero alpha counts as opaque: programs without alpha write it. Missing palette entries are
 * black.
 */
export function decodeBmp(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits, isTopDown, pixelsAt } = header
  const rowBytes = Math.ceil((width * bits) / 32) * 4
  if (pixelsAt + rowBytes * height > bytes.byteLength) throw cutOff()
  const target = new Uint8Array(width * height * 4)
  const view = viewOf(bytes)
  const writeRow = rowWriter(view, header)
  for (let row = 0; row < height; row++) {
    const stored = isTopDown ? row : height - 1 - row
    writeRow(pixelsAt + stored * rowBytes, target, row * width * 4)
  }
  if (header.masks.alpha !== 0) makeOpaqueIfEmpty(target)
  return target
}

type RowWriter = (from: number, target: Uint8Array, to: number) => void

function rowWriter(view: DataView, header: BmpHeader): RowWriter {
  switch (header.bits) {
    case 24:
      return (from, target, to) => {
        for (let column = 0; column < header.width; column++, from += 3, to += 4) {
          target[to] = view.getUint8(from + 2)
          target[to + 1] = view.getUint8(from + 1)
          target[to + 2] = view.getUint8(from)
          target[to + 3] = 255
        }
      }
    case 16:
    case 32:
      return maskedRowWriter(view, header)
    default:
      return paletteRowWriter(view, header)
  }
}

function maskedRowWriter(view: DataView, { width, bits, masks }: BmpHeader): RowWriter {
  const pixelBytes = bits / 8
  const red = sampleReader(masks.red)
  const green = sampleReader(masks.green)
  const blue = sampleReader(masks.blue)
  const alpha = masks.alpha === 0 ? () => 255 : sampleReader(masks.alpha)
  return (from, target, to) => {
    for (let column = 0; column < width; column++, from += pixelBytes, to += 4) {
      const pixel = bits === 16 ? view.getUint16(from, true) : view.getUint32(from, true)
      target[to] = red(pixel)
      target[to + 1] = green(pixel)
      target[to + 2] = blue(pixel)
      target[to + 3] = alpha(pixel)
    }
  }
}

function sampleReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most)
}

function paletteRowWriter(view: DataView, header: BmpHeader): RowWriter {
  const { width, bits } = header
  const palette = readPalette(view, header)
  const perByte = 8 / bits
  const mask = 2 ** bits - 1
  return (from, target, to) => {
    for (let column = 0; column < width; column++, to += 4) {
      const byte = view.getUint8(from + Math.floor(column / perByte))
      // The leftmost pixel is in the highest bits.
      const index = (byte >> (8 - bits * (1 + (column % perByte)))) & mask
      target.set(palette.subarray(index * 4, index * 4 + 4), to)
    }
  }
}

function readPalette(view: DataView, { bits, paletteAt, entryBytes, colours }: BmpHeader) {
  const palette = new Uint8Array(2 ** bits * 4)
  for (let index = 0; index < 2 ** bits; index++) {
    palette[index * 4 + 3] = 255
    const at = paletteAt + index * entryBytes
    if (index >= colours || at + 3 > view.byteLength) continue
    palette[index * 4] = view.getUint8(at + 2)
    palette[index * 4 + 1] = view.getUint8(at + 1)
    palette[index * 4 + 2] = view.getUint8(at)
  }
  return palette
}

function makeOpaqueIfEmpty(rgba: Uint8Array): void {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 0) return
  for (let at = 3; at < rgba.length; at += 4) rgba[at] = 255
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const cutOff = () => new ProtocolError('invalid_image', message('picture.bmp_cut'))

const refused = (what: Message) =>
  new ProtocolError('invalid_image', message('picture.bmp', { what }))
