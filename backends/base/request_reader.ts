/** Request to work items, and outcomes back to the reply's `data`. Main thread. */
import type { ImageValue, InferenceRequest } from '../../protocol/backend.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { asText, message } from '../../protocol/messages.ts'
import type { Warning } from '../../protocol/warnings.ts'
import {
  orError,
  type InferenceItem,
  type InferenceResult,
  type Outcome,
  type WorkItem,
} from './backend.ts'
import { decodeBase64 } from './base64.ts'

export interface Answer {
  data: Record<string, unknown>
  warnings: Warning[]
}

export interface ReadRequest {
  items: WorkItem[]
  /** Throws the ProtocolError if the request failed as a whole. */
  toAnswer(results: readonly Outcome<InferenceResult>[]): Answer
}

export type RequestReader = (
  request: InferenceRequest,
  attachments: readonly Uint8Array[],
) => ReadRequest

/** Longer strings are payloads of another model, not parameters. */
const PARAMETER_LENGTH_MAX = 1024

/** One item for `data.image`, or one per `data.images`; a broken one among several fails alone. */
export const readImages: RequestReader = ({ request_id: requestId, data }, attachments) => {
  const { image, images } = data
  if (image !== undefined && images !== undefined) {
    throw new ProtocolError('invalid_request', message('input.two_images'))
  }
  const params = parametersOf(data)
  const itemOf = (value: ImageValue, key: string): InferenceItem => ({
    requestId,
    bytes: imageBytes(value, key, attachments),
    params,
  })
  if (image !== undefined) {
    return { items: [itemOf(image, 'data.image')], toAnswer: onlyResult }
  }
  if (images === undefined) {
    throw new ProtocolError('invalid_request', message('input.no_image'))
  }
  const read = images.map((value, index) => orError(() => itemOf(value, `data.images[${index}]`)))
  return {
    items: read.filter((one): one is InferenceItem => !(one instanceof ProtocolError)),
    toAnswer: (results) => {
      let next = 0
      const answers = read.map((one) =>
        toEntry(one instanceof ProtocolError ? one : (results[next++] ?? missingResult())),
      )
      return {
        data: { results: answers.map(({ data }) => data) },
        warnings: answers.flatMap(({ warnings }, index) =>
          warnings.map((warning) => aboutImage(warning, index)),
        ),
      }
    },
  }
}

export function imageBytes(
  value: ImageValue,
  key: string,
  attachments: readonly Uint8Array[],
): Uint8Array {
  if (typeof value === 'string') return decodeBase64(value, key)
  const attachment = attachments[value.$attachment]
  if (attachment === undefined) {
    throw new ProtocolError(
      'invalid_request',
      message('input.no_attachment', { key, index: value.$attachment }),
    )
  }
  return ownBytes(attachment)
}

/** A transferable copy: an attachment shares the buffer of its message. */
export const ownBytes = (attachment: Uint8Array): Uint8Array =>
  attachment.byteOffset === 0 ? attachment : new Uint8Array(attachment)

export function onlyResult(results: readonly Outcome<InferenceResult>[]): Answer {
  const result = results[0] ?? missingResult()
  if (result instanceof ProtocolError) throw result
  return toAnswer(result)
}

function toAnswer({ warnings = [], ...data }: InferenceResult): Answer {
  return { data, warnings }
}

function parametersOf(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).filter(
      ([key, value]) =>
        key !== 'image' &&
        (typeof value === 'number' ||
          typeof value === 'boolean' ||
          (typeof value === 'string' && value.length <= PARAMETER_LENGTH_MAX)),
    ),
  )
}

const missingResult = () => new ProtocolError('internal', message('run.fewer'))

const toEntry = (result: Outcome<InferenceResult>): Answer =>
  result instanceof ProtocolError
    ? { data: { ...asText({ error: result.said }), code: result.code }, warnings: [] }
    : toAnswer(result)

/** Names the image that a warning is about: `data.images[2]`. */
function aboutImage({ field = 'data.image', ...warning }: Warning, index: number): Warning {
  return { ...warning, field: field.replace(/^data\.image\b/, `data.images[${index}]`) }
}
