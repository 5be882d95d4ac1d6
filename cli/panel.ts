/** The command line's connection to a running panel: finds it, and calls its ControlApi. */
import { WebSocket } from 'ws'
import { PANEL_PORT_DEFAULT } from '../protocol/config.ts'
import type {
  ControlEvent,
  ControlMethod,
  ControlParams,
  ControlResult,
  Snapshot,
} from '../protocol/control.ts'
import { bearerHeaders } from '../server/token.ts'
import { runningPanels, type RunningPanel } from '../control/running_file.ts'
import { CliError, failed, misused } from './cli_error.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'

export interface PanelAddress {
  /** `http://127.0.0.1:8765` */
  http: string
  token: string
}

/** A panel of this machine answers in milliseconds; whoever is silent for longer is none. */
const HANDSHAKE_MS_MAX = 10_000
const HOW_TO_START = 'start one with `npm start`, or `npm run headless` where there is no display'

export interface PanelChoice {
  /** Folder of the running files. */
  folder: string
  url: string | undefined
  token: string | undefined
  port: string | undefined
}

/** Which panel is meant; null when none runs. Throws CliError when several do and none is chosen. */
export async function findPanel(choice: PanelChoice): Promise<PanelAddress | null> {
  if (choice.url !== undefined) {
    if (!URL.canParse(choice.url)) {
      throw misused(`--url "${choice.url}" is no address; use one such as http://127.0.0.1:8765`)
    }
    const http = new URL(choice.url).origin
    const known = await runningPanels(choice.folder)
    const token = choice.token ?? known.find((panel) => addressOf(panel).http === http)?.token ?? ''
    return { http, token }
  }
  const panels = await runningPanels(choice.folder)
  const wanted = choice.port === undefined ? null : Number(choice.port)
  if (wanted !== null) {
    const named = panels.find(({ port }) => port === wanted)
    if (named !== undefined) return addressOf(named)
    const known = panels.map(({ port }) => port).join(', ') || 'none'
    throw new CliError(
      CLI_EXIT_CODES.no_panel,
      `no panel runs on port ${choice.port}; running: ${known}`,
    )
  }
  const [only] = panels
  if (only === undefined) return null
  const usual = panels.length === 1 ? only : panels.find(({ port }) => port === PANEL_PORT_DEFAULT)
  if (usual !== undefined) return addressOf(usual)
  const ports = panels.map(({ port }) => port).join(', ')
  throw misused(`several panels run, on ports ${ports}; choose one with --port`)
}

function addressOf({ host, port, token }: RunningPanel): PanelAddress {
  return { http: `http://${host}:${port}`, token }
}

export const noPanel = () =>
  new CliError(CLI_EXIT_CODES.no_panel, `no panel of Switchyard runs; ${HOW_TO_START}`)

const ENDED = 'the panel has ended'

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

export class PanelLink {
  readonly address: PanelAddress
  private readonly socket: WebSocket
  private readonly waiting = new Map<number, Waiting>()
  private readonly listeners = new Set<(event: ControlEvent) => void>()
  private newest: Snapshot | null = null
  private nextId = 0

  private constructor(address: PanelAddress, socket: WebSocket) {
    this.address = address
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.receive(JSON.parse(data.toString('utf8')) as Record<string, unknown>)
    })
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(failed(ENDED))
      this.waiting.clear()
    })
    socket.on('error', () => undefined)
  }

  /** Rejects with CliError when nobody answers there, or the token is wrong. */
  static async open(address: PanelAddress): Promise<PanelLink> {
    const socket = new WebSocket(`${address.http.replace(/^http/, 'ws')}/control`, {
      headers: { ...bearerHeaders(address.token), origin: address.http },
      handshakeTimeout: HANDSHAKE_MS_MAX,
      perMessageDeflate: false,
    })
    const link = new PanelLink(address, socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', (error) => {
        const isToken = error.message.includes('401')
        const reason = isToken
          ? 'the token is wrong; set SWITCHYARD_PANEL_TOKEN, or name its file with --token-file'
          : error.message
        reject(
          new CliError(CLI_EXIT_CODES.no_panel, `${address.http} cannot be reached: ${reason}`),
        )
      })
    })
    return link
  }

  /** Rejects with CliError with what the panel says, or when it ends before it answers. */
  call<M extends ControlMethod>(method: M, params: ControlParams<M>): Promise<ControlResult<M>> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(failed(ENDED))
        return
      }
      this.waiting.set(id, {
        resolve: (result) => {
          resolve(result as ControlResult<M>)
        },
        reject,
      })
      this.socket.send(JSON.stringify({ id, method, params }))
    })
  }

  /** Returns the function that ends it. */
  onEvent(listener: (event: ControlEvent) => void): () => void {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /**
   * Afterwards `snapshotWhere` looks at nothing that is older than now. Snapshots are pushed only when something changes, and a call that
   * changes nothing would be waited for in vain.
   */
  async refresh(): Promise<void> {
    this.newest = null
    const now = await this.call('plane.snapshot', {})
    // What was pushed meanwhile may be newer.
    this.newest ??= now
  }

  /** The first snapshot, now or later, for which `check` holds. */
  snapshotWhere(check: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    if (this.newest !== null && check(this.newest)) return Promise.resolve(this.newest)
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        reject(failed(ENDED))
        return
      }
      const lost = () => {
        stop()
        reject(failed(ENDED))
      }
      const stop = this.onEvent((event) => {
        if (event.event !== 'snapshot' || !check(event.data)) return
        stop()
        this.socket.off('close', lost)
        resolve(event.data)
      })
      this.socket.once('close', lost)
    })
  }

  close(): void {
    this.socket.close()
  }

  private receive(message: Record<string, unknown>): void {
    if (typeof message['id'] === 'number') {
      const waiting = this.waiting.get(message['id'])
      this.waiting.delete(message['id'])
      const error = message['error'] as { message: string } | undefined
      if (error === undefined) waiting?.resolve(message['result'])
      else waiting?.reject(failed(error.message))
      return
    }
    const event = message as unknown as ControlEvent
    if (event.event === 'snapshot') this.newest = event.data
    for (const listener of [...this.listeners]) listener(event)
  }
}
