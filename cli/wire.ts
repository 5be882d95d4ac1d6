import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { createReadStream } from 'node:fs'
import { BackendClient } from '../client/backend_client.ts'
import { openNodeSocket } from '../client/node_socket.ts'
import type { Outcome } from '../client/outcome.ts'
import { instancesOf } from '../config/instances.ts'
import { readRegularFile } from '../files/regular_file.ts'
import type { Pong } from '../protocol/backend.ts'
import {
  DIALECTS,
  isThirdParty,
  MESSAGE_BYTES_DEFAULT,
  type DialectName,
} from '../protocol/config.ts'
import { webSocketUrl } from '../protocol/address.ts'
import { messageOf } from '../protocol/errors.ts'
import { bearerHeaders, TOKEN_VARIABLE } from '../server/token.ts'
import type { Descriptor } from '../protocol/descriptor.ts'
import {
  fileKeyOf,
  FILE_KINDS,
  HEAD_BYTES,
  kindOfFile,
  takesFile,
  type FileKind,
} from '../protocol/file_kind.ts'
import { CliError, failed } from './cli_error.ts'
import type { CommandContext } from './command.ts'
import { configFrom, configSource, sectionOf } from './config_source.ts'

const HANDSHAKE_MS_MAX = 10_000

/** A backend that is running inference may answer a health check late. */
const PONG_MS_MAX = 5000

export type Reply = Record<string, unknown>

export interface WireTarget {
  backend: string
  url: string
  token: string | null
  dialect: DialectName
  acceptsBinary: boolean
  timeoutMs: number
  /** Closes the connection; pending requests end as `backend_lost`. */
  signal: AbortSignal
}

/** Rejects with CliError if it cannot connect. */
export async function connectTo(target: WireTarget): Promise<BackendClient> {
  const { backend, url, token, signal, dialect, acceptsBinary, timeoutMs } = target
  if (!/^wss?:/.test(url) || !URL.canParse(url)) {
    throw failed(`"${url}" is not an address of a backend; use one such as ws://127.0.0.1:8768`)
  }
  const headers = bearerHeaders(token)
  const client = new BackendClient({
    ...{ name: backend, url, dialect, acceptsBinary, timeoutMs },
    openSocket: () => openNodeSocket(url, { handshakeTimeout: HANDSHAKE_MS_MAX, headers }),
  })
  try {
    await client.open()
  } catch (error) {
    const remedy = 'Is it started? `npm run backend -- NAME` runs one alone.'
    throw failed(`${messageOf(error)} ${remedy}`)
  }
  signal.addEventListener('abort', () => void client.close(), { once: true })
  return client
}

/** For input kinds and dialect; null if the backend does not answer in time. */
export async function pongOf(
  client: BackendClient,
  { dialect, timeoutMs }: WireTarget,
): Promise<Pong | null> {
  // The platform's health check has no input kinds.
  if (dialect !== 'native') return null
  return client.healthCheck({ timeoutMs: Math.min(PONG_MS_MAX, timeoutMs) }).catch(() => null)
}

/** Sends a file or a whole request; resolves with the reply or error, and the round trip. */
export async function ask(
  client: BackendClient,
  input: InputFile | InputRequest,
): Promise<{ reply: Reply; roundTripMs: number }> {
  const begunMs = performance.now()
  const outcome = await send(client, input)
  return {
    reply: replyOf(outcome),
    roundTripMs: outcome.phase === 'broken' ? performance.now() - begunMs : outcome.roundTripMs,
  }
}

export function send(client: BackendClient, input: InputFile | InputRequest): Promise<Outcome> {
  const message =
    'message' in input
      ? input.message
      : { data: { [input.key]: input.bytes, timestamp: Date.now() / 1000 } }
  return client.request({ type: 'inference_request', ...message })
}

function replyOf(outcome: Outcome): Reply {
  switch (outcome.phase) {
    case 'answered':
      return outcome.message
    case 'refused':
      return outcome.reply
    case 'broken': {
      const { code, message } = outcome
      const remedy = code === 'timeout' ? ' Wait longer with --timeout SECONDS.' : ''
      return { type: 'error', code, error: `${message}${remedy}` }
    }
  }
}

export interface InputRequest {
  file: string
  message: Reply
}

export async function readRequest(
  file: string,
  stdin: AsyncIterable<Buffer> = process.stdin,
): Promise<InputRequest> {
  const name = file === '-' ? 'The request on stdin' : file
  let text: string
  try {
    text = await boundedText(file === '-' ? stdin : createReadStream(file), name)
  } catch (error) {
    if (error instanceof CliError) throw error
    throw failed(`${name} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  try {
    const message: unknown = JSON.parse(text)
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
      return { file, message: message as Reply }
    }
  } catch (error) {
    throw failed(`${name} is not valid JSON: ${messageOf(error)}`)
  }
  throw failed(`${name} is not a JSON object. Write a request such as {"data": {"image": "..."}}.`)
}

async function boundedText(source: AsyncIterable<Buffer>, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > MESSAGE_BYTES_DEFAULT) {
      throw failed(`${name} is larger than ${MESSAGE_BYTES_DEFAULT} bytes. Send fewer frames.`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export interface InputFile {
  file: string
  /** null: neither a picture nor a recording. */
  kind: FileKind | null
  key: string
  bytes: Uint8Array
}

/** Throws CliError if the file cannot be read. */
export async function readInput(file: string): Promise<InputFile> {
  try {
    const bytes = await readRegularFile(file, MESSAGE_BYTES_DEFAULT)
    const kind = kindOfFile(file, '', bytes.subarray(0, HEAD_BYTES))
    return inputFor(null, { file, kind, key: '', bytes })
  } catch (error) {
    throw failed(`${file} cannot be read (${messageOf(error)})`)
  }
}

export function inputFor(descriptor: Descriptor | null, input: InputFile): InputFile {
  const kind = input.kind ?? FILE_KINDS.find((one) => takesFile(descriptor, one)) ?? 'image'
  return { ...input, key: fileKeyOf(descriptor, kind) }
}

/** Twice the default `request_timeout`. */
const TIMEOUT_S_DEFAULT = 60
const TIMEOUT_S_MAX = 3600

export const AT = new Option('--at <url>', 'a backend at this address: ws://HOST:PORT')
export const DIALECT = new Option('--dialect <name>', 'its protocol').choices(DIALECTS)
export const TIMEOUT = new Option('--timeout <seconds>', 'how long to wait for a reply')
  .argParser(timeoutSeconds)
  .default(TIMEOUT_S_DEFAULT)

export interface TargetOptions {
  at?: string
  dialect?: DialectName
  timeout: number
}

/** Through the running panel's gateway; otherwise (or with `--file`) directly to the configured port. */
export async function targetOf(
  context: CommandContext,
  backend: string,
  { at, dialect, timeout }: TargetOptions,
): Promise<WireTarget> {
  const common = { backend, signal: context.signal, timeoutMs: timeout * 1000 }
  const envToken = process.env[TOKEN_VARIABLE] ?? null
  if (at !== undefined) {
    return {
      ...common,
      url: at,
      token: envToken,
      dialect: dialect ?? 'native',
      acceptsBinary: false,
    }
  }
  const panel = context.isFileGiven ? null : await context.panelIfAny()
  if (panel !== null) {
    const { http, token } = panel.address
    const url = `${http.replace(/^http/, 'ws')}/backends/${backend}`
    // The gateway speaks the native dialect for all backends.
    return { ...common, url, token, dialect: 'native', acceptsBinary: true }
  }
  const section = sectionOf(await configFrom(await configSource(context)), backend)
  // Any replica will do.
  const { host, port } = instancesOf(backend, section)[0]?.config ?? section
  return {
    ...common,
    url: webSocketUrl(host, port),
    token: section.env[TOKEN_VARIABLE] ?? envToken,
    dialect: dialect ?? section.dialect,
    acceptsBinary: !isThirdParty(section),
  }
}

function timeoutSeconds(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= TIMEOUT_S_MAX) return seconds
  throw new InvalidArgumentError(`Use 0.001 to ${TIMEOUT_S_MAX} seconds.`)
}
