/** Request to work item: rows of microvolts, or a file that the worker reads. */
import { imageValueSchema } from '../../protocol/backend.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { LongNumbers } from '../../protocol/long_numbers.ts'
import type { WorkItem } from '../base/backend.ts'
import { decodeBase64 } from '../base/base64.ts'
import { onlyResult, ownBytes, type RequestReader } from '../base/request_reader.ts'
import { EEG_OPTION_NAMES } from './options.ts'
import type { ReadOptions } from './read_options.ts'

/** Typed arrays are at the top level, where they are transferred. One of the first three holds the recording. */
export interface EegItem extends WorkItem {
  bytes: Uint8Array | null
  /** Many rows as JSON. */
  rowsText: Uint8Array | null
  rows: unknown
  given: ReadOptions & { options: Record<string, unknown> }
  subjectId: string | null
}

const SUBJECT_LENGTH_MAX = 256

export const readEeg: RequestReader = ({ request_id: requestId, data }, attachments) => {
  const rows: unknown = data.eeg_signal
  if (rows === undefined) {
    throw new ProtocolError('invalid_request', message('eeg.no_signal'))
  }
  const given = {
    samplingRate: data.sampling_rate ?? undefined,
    channelNames: data.channel_names ?? undefined,
    unit: data.unit ?? undefined,
    options: optionsOf(data),
  }
  const bytes = fileOf(rows, attachments)
  const rowsText = rows instanceof LongNumbers ? rows.text : null
  const item: EegItem = {
    requestId,
    bytes,
    rowsText,
    rows: bytes === null && rowsText === null ? rows : null,
    given,
    subjectId: subjectOf(data.subject_id),
  }
  return { items: [item], toAnswer: onlyResult }
}

function fileOf(signal: unknown, attachments: readonly Uint8Array[]): Uint8Array | null {
  const value = imageValueSchema.safeParse(signal)
  if (!value.success) return null
  if (typeof value.data !== 'string') {
    const attachment = attachments[value.data.$attachment]
    return attachment === undefined ? null : ownBytes(attachment)
  }
  try {
    return decodeBase64(value.data, 'data.eeg_signal')
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    // The base64 decoder's message is about images.
    throw new ProtocolError('invalid_request', error.said, { cause: error })
  }
}

function optionsOf(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    EEG_OPTION_NAMES.filter((name) => data[name] !== undefined).map((name) => [name, data[name]]),
  )
}

function subjectOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.length > SUBJECT_LENGTH_MAX) {
    throw new ProtocolError('invalid_request', message('eeg.subject', { max: SUBJECT_LENGTH_MAX }))
  }
  return text
}
