import type { Descriptor, InputKind } from './descriptor.ts'

export const FILE_KINDS = ['image', 'eeg'] as const satisfies readonly InputKind[]
export type FileKind = (typeof FILE_KINDS)[number]

const DEFAULT_KEYS: Record<FileKind, string> = { image: 'image', eeg: 'eeg_signal' }

/** Without a descriptor, pictures are assumed. */
export const takesFile = (descriptor: Descriptor | null, kind: FileKind): boolean =>
  descriptor === null
    ? kind === 'image'
    : descriptor.accepts.some((row) => row.kind === kind && row.multiple !== true)

export const fileKeyOf = (descriptor: Descriptor | null, kind: FileKind): string =>
  descriptor?.accepts.find((row) => row.kind === kind && row.multiple !== true)?.name ??
  DEFAULT_KEYS[kind]

/** As many bytes as `kindOfFile` reads: notes above a recording may be long. */
export const HEAD_BYTES = 64 * 1024

/** By content, then by name, then as a table of numbers. null: neither a picture nor an EEG recording. */
export function kindOfFile(name: string, type: string, head: Uint8Array): FileKind | null {
  const start = String.fromCharCode(...head.subarray(0, START_BYTES))
  if (IMAGE_STARTS.some((pattern) => pattern.test(start))) return 'image'
  if (RECORDING_NAME.test(name) || EDF_STARTS.some((one) => start.startsWith(one))) return 'eeg'
  if (type.startsWith('image/') || IMAGE_NAME.test(name)) {
    return 'image'
  }
  const text = textOf(head.subarray(0, HEAD_BYTES))
  const isTableByName = TABLE_NAME.test(name) && hasRowOfNumbers(text)
  return isTableByName || isTable(text) ? 'eeg' : null
}

/** Includes undecodable pictures: the backend names them and the remedy. */
const IMAGE_NAME = /\.(jpe?g|png|webp|gif|avif|tiff?|bmp|svg|hei[cf]|jxl|jp2|p[bgnp]m|dcm|npy)$/i

/** Includes unsupported recordings: the backend's error explains how to convert them. */
const RECORDING_NAME = /\.(edf|bdf|gdf|vhdr|vmrk|fif|xdf|cnt|set|mat)$/i

/** Tables are not always recordings. */
const TABLE_NAME = /\.(csv|tsv|txt)$/i

const IMAGE_STARTS = [
  /^\xff\xd8\xff/,
  /^\x89PNG/,
  /^GIF8/,
  /^BM[^]{4}\0\0\0\0/,
  /^II[*+]\0/,
  /^MM\0[*+]/,
  /^RIFF[^]{4}WEBP/,
  /^[^]{4}ftyp(av|he|mi|ms)/,
]

/** Enough for the picture patterns. */
const START_BYTES = 64

/** EDF's version field, padded with blanks or zero bytes, and that of BDF. */
const EDF_STARTS = [`0${' '.repeat(7)}`, `0${'\0'.repeat(7)}`, '\xffBIOSEMI']

/** Delimited numbers, optionally below a header. The last line may be cut off. */
function isTable(text: string): boolean {
  const lines = text
    .split(/\r?\n/)
    .slice(0, -1)
    .filter((line) => line.trim() !== '' && !/^\s*[%#]/.test(line))
  const rows = lines.length > 1 ? lines.slice(1) : lines
  return rows.length > 0 && rows.every((line) => /^[-+\d.,;\s"eE]+$/.test(line) && /\d/.test(line))
}

/** At least half of the fields of some line: recordings may have times or labels beside them. */
function hasRowOfNumbers(text: string): boolean {
  return text.split(/\r?\n/).some((line) => {
    const fields = line.split(/[;,\t ]+/).filter((field) => field !== '')
    const numbers = fields.filter((field) => Number.isFinite(Number(field.replaceAll('"', ''))))
    return numbers.length > 0 && numbers.length * 2 >= fields.length
  })
}

/** Detects UTF-16 by its byte order mark. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes
  const isLittle = first === 0xff && second === 0xfe
  const isBig = first === 0xfe && second === 0xff
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes)
}
