/** The command line as a program that asks a backend: files in, replies out, over the real protocol. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { WebSocket } from 'ws'
import { instancesOf } from '../../config/instances.ts'
import { joinBinary } from '../../protocol/binary.ts'
import { hostInUrl } from '../../protocol/origin.ts'
import { bearerHeaders, TOKEN_VARIABLE } from '../../sockets/token.ts'
import { failed } from './cli_error.ts'
import { textFlag, type CommandContext } from './command.ts'
import { configFrom, configSource, sectionOf } from './config_source.ts'

/** Files that hold a recording; every other one is sent as a picture. */
const RECORDINGS = ['.edf', '.csv', '.txt']

/** Between asking for the connection and having it. */
const HANDSHAKE_MS_MAX = 10_000

export type Reply = Record<string, unknown>

export class WireLink {
  private readonly socket: WebSocket
  private readonly waiting = new Map<string, (reply: Reply) => void>()
  private nextId = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      const reply = JSON.parse(data.toString('utf8')) as Reply
      const id = String(reply['request_id'])
      this.waiting.get(id)?.(reply)
      this.waiting.delete(id)
    })
    socket.on('close', (code: number) => {
      for (const answer of this.waiting.values()) {
        answer({ type: 'error', code: 'backend_lost', error: `the connection closed (${code})` })
      }
      this.waiting.clear()
    })
    socket.on('error', () => undefined)
  }

  /** Closed by `signal` too: what is unanswered then is answered with `backend_lost`. Rejects with CliError when nobody is there. */
  static async open(url: string, token: string | null, signal: AbortSignal): Promise<WireLink> {
    if (!/^wss?:/.test(url) || !URL.canParse(url)) {
      throw failed(`"${url}" is no address of a backend; use one such as ws://127.0.0.1:8768`)
    }
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS_MAX,
      headers: bearerHeaders(token),
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', (error) => {
        const remedy = 'is the backend started? `npm run backend -- NAME` runs one alone'
        reject(failed(`${url} cannot be reached (${error.message}); ${remedy}`))
      })
    })
    const link = new WireLink(socket)
    const end = () => {
      link.close()
    }
    signal.addEventListener('abort', end, { once: true })
    socket.once('close', () => {
      signal.removeEventListener('abort', end)
    })
    return link
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  /** Sends a file in the binary form; resolves with the reply, an error too, and the round trip. */
  async ask(input: InputFile): Promise<{ reply: Reply; roundTripMs: number }> {
    const requestId = `cli-${process.pid}-${this.nextId++}`
    const attachment = { $attachment: 0, length: input.bytes.length }
    const header = JSON.stringify({
      type: 'inference_request',
      request_id: requestId,
      data: { [input.key]: attachment, timestamp: Date.now() / 1000 },
    })
    const sentMs = performance.now()
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.set(requestId, resolve)
      if (!this.isOpen) {
        resolve({ type: 'error', code: 'backend_lost', error: 'the connection is closed' })
        return
      }
      this.socket.send(joinBinary(header, [input.bytes]), { binary: true })
    })
    return { reply, roundTripMs: performance.now() - sentMs }
  }

  close(): void {
    this.socket.close()
  }
}

export interface InputFile {
  file: string
  key: 'image' | 'eeg_signal'
  bytes: Uint8Array
}

/** Throws CliError when the file cannot be read. */
export async function readInput(file: string): Promise<InputFile> {
  const isRecording = RECORDINGS.includes(path.extname(file).toLowerCase())
  try {
    return { file, key: isRecording ? 'eeg_signal' : 'image', bytes: await readFile(file) }
  } catch (error) {
    throw failed(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** By the gateway of the running panel, else (or with `--file`) straight to the port that the configuration names. */
export async function addressOf(
  context: CommandContext,
  backend: string,
): Promise<{ url: string; token: string | null }> {
  const given = textFlag(context, 'at')
  if (given !== undefined) return { url: given, token: process.env[TOKEN_VARIABLE] ?? null }
  const panel = context.isFileGiven ? null : await context.panelIfAny()
  if (panel !== null) {
    const { http, token } = panel.address
    return { url: `${http.replace(/^http/, 'ws')}/backends/${backend}`, token }
  }
  const section = sectionOf(configFrom(await configSource(context)), backend)
  // One of several replicas is as good as another.
  const { host, port } = instancesOf(backend, section)[0]?.config ?? section
  const token = section.env[TOKEN_VARIABLE] ?? process.env[TOKEN_VARIABLE] ?? null
  return { url: `ws://${hostInUrl(host)}:${port}`, token }
}
