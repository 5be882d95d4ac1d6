/**
 * One accepted request up to its single reply: target, deadline, retry. `respond` works once and is the only path to the client.
 */
import { constants } from 'node:buffer'
import type { Clock } from '../protocol/clock.ts'
import { errorReply, type ErrorMessage } from '../protocol/backend.ts'
import type { ProtocolError } from '../protocol/errors.ts'
import { isThirdParty } from '../protocol/config.ts'
import { messageOf } from '../protocol/errors.ts'
import type { Warning } from '../protocol/warnings.ts'
import { faultyReply } from '../protocol/reply_kind.ts'
import type { Admission, Slot } from './admission.ts'
import type { Balance } from './balance.ts'
import { frameBytesFor, frameFor, streamIdOf, type Frame, type ReceivedRequest } from './frames.ts'
import type { GatewayMetrics, Outcome } from './gateway_metrics.ts'
import type { HeldBytes } from './held_bytes.ts'
import type { InFlight, InFlightEntry } from './in_flight.ts'
import { InputHash, inputOf } from './input_hash.ts'
import type { Quarantine } from './quarantine.ts'
import { platformError, platformResult, type PlatformReply } from './platform_client.ts'
import {
  cancelled,
  connectionLost,
  notReady,
  queueFull,
  removed,
  replyFarTooLarge,
  requestTooLarge,
  timedOut,
  unreachable,
} from './request_errors.ts'
import type { TargetMeter } from './target_meter.ts'
import { acceptsBinary, mayServeSoon, type GatewayBackend, type GatewayTarget } from './targets.ts'
import type { Answer, Carried, Loss, Upstream } from './upstream.ts'

export interface Routing {
  find(name: string): GatewayBackend | undefined
  balance: Balance
  admission: Admission
  inFlight: InFlight
  quarantine: Quarantine
  held: HeldBytes
  metrics: GatewayMetrics
  meter: TargetMeter
  clock: Clock
}

export interface RequestOwner {
  upstreamTo(backend: GatewayBackend, target: GatewayTarget): Upstream
  reply(message: Buffer | ErrorMessage): void
  log(level: 'debug' | 'warn', message: string, requestId: string): void
  /** Runs a callback of a timer or another request; an error ends this client's session only. */
  guard(act: () => void): void
  onFlushed(bytes: number): void
  onAnswered(request: RoutedRequest): void
  onEnd(request: RoutedRequest): void
}

type Place =
  | { at: 'start' }
  | { at: 'parked'; timer: NodeJS.Timeout }
  | { at: 'queued'; uncount: () => void }
  | { at: 'connecting'; upstream: Upstream; carried: Carried; uncount: () => void }
  | {
      at: 'sent'
      targetId: string
      upstream: Upstream
      carried: Carried
      uncount: () => void
      entry: InFlightEntry
    }
  | { at: 'end' }

const LOOK_AGAIN_MS = 100

export class RoutedRequest {
  readonly id: string
  private readonly routing: Routing
  private readonly owner: RequestOwner
  private readonly backend: string
  private readonly bytes: number
  private readonly streamId: string | null
  private readonly input: InputHash
  /** Set for a client that speaks the platform dialect; else null. */
  private readonly modelType: string | null
  private readonly arrivedMs: number
  private sentMs: number | null = null
  private measuredTarget: string | null = null
  /** null once sent: it is never sent again, and its bytes are released. */
  private received: ReceivedRequest | null
  private place: Place = { at: 'start' }
  /** Until the client's reply; for a third-party backend, then until its answer is no longer awaited. */
  private deadline: NodeJS.Timeout | null = null
  private isAnswered = false
  private isFlushed = false
  private keptBytes = 0
  private readonly tried = new Set<string>()
  private isLastTry = false

  constructor(
    routing: Routing,
    owner: RequestOwner,
    backend: GatewayBackend,
    received: ReceivedRequest,
    { isPlatform }: { isPlatform: boolean },
  ) {
    this.routing = routing
    this.owner = owner
    this.backend = backend.name
    const named: unknown = received.message['model_type']
    this.modelType = isPlatform ? (typeof named === 'string' ? named : backend.name) : null
    this.received = received
    this.id = received.message.request_id
    this.bytes = received.frame.data.length
    this.streamId = streamIdOf(received.message)
    this.input = new InputHash(inputOf(received))
    this.arrivedMs = routing.clock.monotonic()
  }

  get hasAnswer(): boolean {
    return this.isAnswered
  }

  get isQueued(): boolean {
    return this.place.at === 'queued'
  }

  start(backend: GatewayBackend): void {
    const { balance, quarantine, metrics } = this.routing
    metrics.noteRequest(this.backend)
    // Hashed before sending only where the quarantine could match.
    const refusal = quarantine.refusesAny(this.backend)
      ? quarantine.refusalOf(this.backend, this.input.get())
      : null
    if (refusal !== null) {
      this.refuse(refusal)
      return
    }
    const target = balance.choose(backend, this.streamId)
    if (target === null) {
      this.refuse(notReady(backend))
      return
    }
    const seconds = target.config.request_timeout
    this.deadline = this.later(seconds * 1000, () => {
      this.timeOut(seconds)
    })
    this.dispatch(backend, target)
  }

  /** Once sent, the backend answers the cancellation, if it supports that. */
  cancel(frame: Frame): void {
    const { place } = this
    const target = place.at === 'sent' ? this.targetNow(place.targetId) : null
    if (place.at === 'sent' && target?.config.dialect === 'native') {
      place.upstream.note(frame)
      return
    }
    this.refuse(cancelled(this.id))
  }

  abandon(): void {
    if (!this.isAnswered) this.settle('client_gone')
    if (this.place.at === 'sent') this.place.entry.lost()
    this.end()
  }

  forget(): void {
    if (this.place.at === 'sent') this.place.entry.lost()
    this.end()
  }

  private dispatch(backend: GatewayBackend, target: GatewayTarget): void {
    const { received } = this
    if (received === null) throw new Error(`request "${this.id}" was already sent`)
    this.measuredTarget = isThirdParty(target.config) ? target.id : null
    if (this.isTooLarge(frameBytesFor(formOf(target), received), target)) return
    const slot = this.routing.admission.enter(target, this.owner, () => {
      this.owner.guard(() => {
        this.sendTo(backend, target)
      })
    })
    if (slot === null) {
      this.refuse(queueFull(target))
      return
    }
    this.place = { at: 'queued', uncount: this.counted(target, slot) }
    if (slot.isOpen) this.sendTo(backend, target)
  }

  /** Rejects a frame on which the backend would close the connection, losing everything in flight there. */
  private isTooLarge(bytes: number, { config }: GatewayTarget): boolean {
    const limit = Math.min(config.max_message_bytes, constants.MAX_STRING_LENGTH)
    if (bytes > limit) this.refuse(requestTooLarge(this.backend, bytes, limit))
    return bytes > limit
  }

  private counted(target: GatewayTarget, slot: Slot): () => void {
    const uncount = this.routing.balance.begin(target.id)
    return () => {
      uncount()
      slot.leave()
    }
  }

  private sendTo(backend: GatewayBackend, target: GatewayTarget): void {
    const { place, received } = this
    if (place.at !== 'queued' || received === null) return
    const frame = frameFor(formOf(target), received, {
      backend: this.backend,
      unixSeconds: this.routing.clock.wall() / 1000,
    })
    // Numbers may be longer than the client wrote them.
    if (this.isTooLarge(frame.data.length, target)) return
    let upstream: Upstream
    try {
      upstream = this.owner.upstreamTo(backend, target)
    } catch (error) {
      this.neverSent(target, messageOf(error))
      return
    }
    const carried = this.carriedTo(target, upstream, frame)
    this.place = { at: 'connecting', upstream, carried, uncount: place.uncount }
    this.owner.log('debug', `request to ${target.id}, ${frame.data.length} bytes`, this.id)
    upstream.send(carried)
  }

  private carriedTo(target: GatewayTarget, upstream: Upstream, frame: Frame): Carried {
    const bytes = frame.data.length
    let unsent: Frame | null = frame
    const carried: Carried = {
      id: this.id,
      bytes,
      takeFrame: () => {
        if (unsent === null) throw new Error(`request "${this.id}" was already sent`)
        const taken = unsent
        unsent = null
        return taken
      },
      onSent: () => {
        if (this.place.at !== 'connecting') return
        this.sentMs = this.routing.clock.monotonic()
        const { inFlight } = this.routing
        const { id: targetId } = target
        const { backend, id: requestId, input } = this
        const entry = inFlight.add({ targetId, backend, requestId, bytes, input })
        this.place = { ...this.place, at: 'sent', targetId, upstream, carried, entry }
        this.received = null
      },
      onFlushed: () => {
        if (this.place.at === 'sent') this.keepInput()
        this.flushed()
      },
      onAnswer: (reply) => {
        this.answeredBy(reply)
      },
      onUnsent: (reason) => {
        this.neverSent(target, reason)
      },
      onLost: (loss) => {
        this.lost(target, loss)
      },
    }
    return carried
  }

  private answeredBy(reply: Answer): void {
    if (this.place.at === 'sent') {
      this.place.entry.answered()
      this.input.forget()
    }
    if (this.isAnswered) this.routing.metrics.noteLate(this.backend)
    else if (reply.kind === 'result') this.respondWith(reply)
    else if (reply.kind === 'faulty') this.refuse(faultyReply(this.backend, reply))
    else {
      const error = { ...reply.error, request_id: this.id }
      this.owner.log('debug', `${this.backend} answered ${error.code}: ${error.error}`, this.id)
      this.respond(error.code ?? 'internal', this.worded(reply.body ?? error, error.error))
    }
    this.end()
  }

  private lost(target: GatewayTarget, { reason, tooLarge }: Loss): void {
    if (this.place.at === 'sent') this.place.entry.lost()
    this.refuse(
      tooLarge === 'request'
        ? requestTooLarge(this.backend, this.bytes, null)
        : tooLarge === 'reply'
          ? replyFarTooLarge(target, reason)
          : connectionLost(target, reason),
    )
    this.end()
  }

  /** Retries immediately on another serving replica, else on any after a pause in which a crash is noticed. */
  private neverSent(target: GatewayTarget, reason: string): void {
    const { place } = this
    this.place = { at: 'start' }
    if (place.at === 'connecting' || place.at === 'queued') place.uncount()
    this.tried.add(target.id)
    if (this.isLastTry) {
      this.refuse(unreachable(target, reason))
      return
    }
    this.routing.metrics.noteRetry(this.backend)
    const backend = this.routing.find(this.backend)
    const next =
      backend === undefined ? null : this.routing.balance.choose(backend, this.streamId, this.tried)
    if (backend !== undefined && next !== null) {
      this.dispatch(backend, next)
      return
    }
    this.isLastTry = true
    this.park()
  }

  private park(): void {
    const timer = this.later(LOOK_AGAIN_MS, () => {
      this.lookAgain()
    })
    this.place = { at: 'parked', timer }
  }

  private later(delayMs: number, act: () => void): NodeJS.Timeout {
    return setTimeout(() => {
      this.owner.guard(act)
    }, delayMs)
  }

  private lookAgain(): void {
    const backend = this.routing.find(this.backend)
    if (backend === undefined) {
      this.refuse(removed(this.backend))
      return
    }
    const target = this.routing.balance.choose(backend, this.streamId)
    if (target !== null) this.dispatch(backend, target)
    else if (mayServeSoon(backend)) this.park()
    else this.refuse(notReady(backend))
  }

  private timeOut(seconds: number): void {
    const { place } = this
    this.refuse(timedOut(this.backend, seconds, { wasSent: place.at === 'sent' }))
    const target = place.at === 'sent' ? this.targetNow(place.targetId) : null
    if (target === null || !isThirdParty(target.config)) return
    // The backend may still process it. A backend that loses a request must not hold its place forever.
    this.deadline = this.later(seconds * 1000, () => {
      this.forget()
    })
  }

  private refuse(error: ProtocolError): void {
    if (this.isAnswered) return
    this.owner.log('warn', `answered ${error.code}: ${error.message}`, this.id)
    this.respond(error.code, this.worded(errorReply(this.id, error), error.message))
    // A sent request ends with the backend's answer, or with the connection.
    if (this.place.at !== 'sent') this.end()
  }

  private respondWith({ body, platformBody, warnings }: Extract<Answer, { kind: 'result' }>): void {
    for (const warning of warnings) this.noteWarning(warning)
    const facts = this.platformReply()
    this.respond('ok', facts === null ? body : (platformBody ?? platformResult(body, facts)))
  }

  private noteWarning({ code, message }: Warning): void {
    const { place, backend, routing } = this
    routing.metrics.noteWarning(backend, code)
    const target = place.at === 'sent' ? this.targetNow(place.targetId) : null
    // Built-in backends log their warnings themselves.
    if (target !== null && !isThirdParty(target.config)) return
    this.owner.log('warn', `${backend} answered with the warning ${code}: ${message}`, this.id)
  }

  private worded(native: Buffer | ErrorMessage, error: string): Buffer | ErrorMessage {
    const facts = this.platformReply()
    return facts === null ? native : platformError(error, facts)
  }

  private platformReply(): PlatformReply | null {
    const { modelType, id: requestId } = this
    if (modelType === null) return null
    const { clock } = this.routing
    const latencyMs = clock.monotonic() - this.arrivedMs
    return { requestId, modelType, unixSeconds: clock.wall() / 1000, latencyMs }
  }

  private respond(outcome: Outcome, message: Buffer | ErrorMessage): void {
    this.settle(outcome)
    this.owner.reply(message)
    this.owner.onAnswered(this)
  }

  private settle(outcome: Outcome): void {
    this.isAnswered = true
    if (this.deadline !== null) clearTimeout(this.deadline)
    const { clock, metrics, meter } = this.routing
    const { arrivedMs, sentMs, measuredTarget } = this
    const endedMs = clock.monotonic()
    metrics.noteAnswer(this.backend, outcome, (endedMs - arrivedMs) / 1000)
    if (measuredTarget !== null) meter.note(measuredTarget, outcome, { arrivedMs, sentMs, endedMs })
  }

  private end(): void {
    const { place } = this
    if (place.at === 'end') return
    // An unanswered input stays a suspect for a while; the hash of an answered one is never needed.
    if (place.at === 'sent') this.input.getInTurns()
    this.routing.held.letGo(this.keptBytes)
    this.keptBytes = 0
    this.place = { at: 'end' }
    this.received = null
    if (this.deadline !== null) clearTimeout(this.deadline)
    if (place.at === 'parked') clearTimeout(place.timer)
    if (place.at === 'connecting' || place.at === 'sent') place.upstream.drop(place.carried)
    // Bytes in the socket are released when they have been written.
    if (place.at !== 'sent') this.flushed()
    this.owner.onEnd(this)
    // Last, since it releases the next request.
    if (place.at === 'queued' || place.at === 'connecting' || place.at === 'sent') place.uncount()
  }

  /** Crashes are rare, so few inputs are ever hashed. */
  private keepInput(): void {
    if (this.routing.held.keep(this.bytes)) this.keptBytes = this.bytes
    else this.input.getInTurns()
  }

  private flushed(): void {
    if (this.isFlushed) return
    this.isFlushed = true
    this.owner.onFlushed(this.bytes)
  }

  private targetNow(id: string): GatewayTarget | null {
    return this.routing.find(this.backend)?.targets.find((target) => target.id === id) ?? null
  }
}

const formOf = (target: GatewayTarget) => ({
  dialect: target.config.dialect,
  acceptsBinary: acceptsBinary(target),
})
