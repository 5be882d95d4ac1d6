/** The gateway: connects clients to backends. It starts no backend and listens on no port. */
import { once } from 'node:events'
import type { WebSocket } from 'ws'
import type { Clock } from '../protocol/clock.ts'
import { allMetrics } from './all_metrics.ts'
import { Admission } from './admission.ts'
import { readinessOf, type Readiness } from './backend_health.ts'
import { Balance } from './balance.ts'
import { ClientSession } from './client_session.ts'
import { GatewayMetrics } from './gateway_metrics.ts'
import { HeldBytes } from './held_bytes.ts'
import { InFlight } from './in_flight.ts'
import type { InFlightLoad, InFlightRequest, Measured } from './observed.ts'
import { Quarantine } from './quarantine.ts'
import type { Routing } from './routed_request.ts'
import { TargetMeter } from './target_meter.ts'
import type { GatewayBackend, GatewayLog } from './targets.ts'
import { openWebSocket, type OpenSocket, type SocketOptions } from './upstream.ts'

export interface GatewayOptions {
  find(name: string): GatewayBackend | undefined
  names(): string[]
  logs: GatewayLog
  clock: Clock
  /** null = in memory only. */
  quarantineFile: string | null
  openSocket?: OpenSocket
}

/** Maximum client connections; further ones are closed with code 1013. Each may open a connection to every target. */
const CLIENTS_MAX = 2048
/** RFC 6455 registry: "try again later", "going away". */
const CLOSE_TRY_AGAIN = 1013

export class Gateway {
  readonly quarantine: Quarantine
  private readonly options: GatewayOptions
  private readonly meter: TargetMeter
  private readonly routing: Routing
  private readonly sessions = new Map<WebSocket, ClientSession>()
  private readonly upstreams = new Set<WebSocket>()

  constructor(options: GatewayOptions) {
    this.options = options
    const { clock, find, logs, quarantineFile } = options
    const inFlight = new InFlight(clock)
    this.quarantine = new Quarantine({
      inFlight,
      file: quarantineFile,
      now: clock.wall,
      warn: (message) => {
        logs.add({ source: 'gateway', level: 'warn', message })
      },
    })
    const balance = new Balance()
    const metrics = new GatewayMetrics({
      clients: () => this.clients,
      outstanding: () => this.targets((id) => balance.outstandingOf(id)),
      quarantined: () => this.quarantinedByBackend(),
    })
    const held = new HeldBytes()
    const admission = new Admission()
    this.meter = new TargetMeter(clock, {
      outstanding: (id) => balance.outstandingOf(id),
      queued: (id) => admission.queuedAt(id),
    })
    this.routing = {
      meter: this.meter,
      find,
      balance,
      admission,
      inFlight,
      quarantine: this.quarantine,
      held,
      metrics,
      clock,
    }
  }

  get clients(): number {
    return this.sessions.size
  }

  /** `pathBackend` is the name in the path `/backends/<name>`; null for the root. */
  addClient(socket: WebSocket, pathBackend: string | null): void {
    if (this.sessions.size >= CLIENTS_MAX) {
      socket.on('error', () => undefined)
      socket.close(CLOSE_TRY_AGAIN, `${CLIENTS_MAX} clients are already connected`)
      return
    }
    socket.on('close', () => {
      this.sessions.delete(socket)
    })
    const { names, logs } = this.options
    const { routing } = this
    const openSocket: OpenSocket = (options) => this.openUpstream(options)
    const session = new ClientSession({ socket, pathBackend, routing, names, logs, openSocket })
    this.sessions.set(socket, session)
  }

  /** Closes connections to removed or disabled targets once nothing is in flight there. */
  noteTargetsChanged(): void {
    for (const session of this.sessions.values()) session.closeUnwanted()
  }

  /** For the crash card: call before `noteCrash`, which forgets them. */
  inFlightOf(targetId: string): InFlightRequest[] {
    return this.routing.inFlight.inFlightOf(targetId)
  }

  loadOf(targetId: string): InFlightLoad {
    return this.routing.inFlight.loadOf(targetId)
  }

  noteCrash(backend: string, targetId: string): InFlightRequest[] {
    return this.quarantine.noteCrash(backend, targetId)
  }

  /** Requests to the predecessor process are no longer suspects. */
  noteStarted(targetId: string): void {
    this.routing.inFlight.forget(targetId)
    this.meter.forget(targetId)
  }

  measuredOf(targetId: string): Measured {
    return this.meter.read(targetId)
  }

  /** Whether the named backend serves; without a name, whether every enabled one does. null for an unknown backend. */
  readinessOf(name: string | null): Readiness | null {
    return readinessOf(this.backends(), name)
  }

  metricsPage(isMeasuredHere: (targetId: string) => boolean): Promise<string> {
    return allMetrics({
      backends: () => this.backends(),
      gatewayPage: () => this.routing.metrics.page(),
      measuredOf: (id) => (isMeasuredHere(id) ? this.meter.read(id) : null),
    })
  }

  /** Resolves when the closing handshakes are over and the quarantine is on disk. */
  async close(): Promise<void> {
    for (const socket of this.sessions.keys()) socket.terminate()
    const closed = [...this.upstreams].map((socket) => once(socket, 'close'))
    await Promise.all([this.quarantine.flush(), ...closed])
  }

  private openUpstream(options: SocketOptions): WebSocket {
    const socket = (this.options.openSocket ?? openWebSocket)(options)
    this.upstreams.add(socket)
    socket.on('close', () => {
      this.upstreams.delete(socket)
    })
    return socket
  }

  private backends(): GatewayBackend[] {
    const { names, find } = this.options
    return names().map((name) => find(name) ?? { name, targets: [] })
  }

  private targets(requestsOf: (id: string) => number) {
    return this.options.names().flatMap((backend) =>
      (this.options.find(backend)?.targets ?? []).map(({ id }) => {
        return { backend, target: id, requests: requestsOf(id) }
      }),
    )
  }

  private quarantinedByBackend(): { backend: string; inputs: number }[] {
    const refused = this.quarantine.list().filter(({ isRefused }) => isRefused)
    return this.options.names().map((backend) => {
      return { backend, inputs: refused.filter((entry) => entry.backend === backend).length }
    })
  }
}
