/** Requests of one client through the gateway, with all replies to each, to detect missing and surplus ones. */
import { BackendClient } from '../client/backend_client.ts'
import { openNodeSocket } from '../client/node_socket.ts'
import { until } from '../testing/processes.ts'
import { inferenceRequest, type Message } from '../testing/wire_client.ts'

/**
 * Not an image, which the faulty backend ignores. Payloads differ, so that none is quarantined as a repeated cause of
 * crashes.
 */
const payloadOf = (id: string) => Buffer.from(`payload of ${id}`)

export class RequestFlow {
  private readonly backend: string
  private readonly client: BackendClient
  private readonly replies = new Map<string, Message[]>()
  private readonly strays: string[] = []
  private sent = 0

  private constructor(ws: string, backend: string) {
    this.backend = backend
    this.client = new BackendClient({
      name: backend,
      openSocket: () => openNodeSocket(`${ws}/backends/${backend}`),
      timeoutMs: Infinity,
      onStray: ({ requestId, text }) => {
        const ofRequest = this.replies.get(String(requestId))
        if (ofRequest === undefined) this.strays.push(text)
        else ofRequest.push(JSON.parse(text) as Message)
      },
    })
  }

  static async open(ws: string, backend: string): Promise<RequestFlow> {
    const flow = new RequestFlow(ws, backend)
    await flow.client.open()
    return flow
  }

  /** Sends requests with `payload`, or what it returns for an id; returns their ids. */
  send(count: number, payload?: Buffer | ((id: string) => Message)): string[] {
    return Array.from({ length: count }, () => {
      const id = `${this.backend}-${this.sent++}`
      const replies: Message[] = []
      this.replies.set(id, replies)
      const message =
        typeof payload === 'function' ? payload(id) : inferenceRequest(id, payload ?? payloadOf(id))
      void this.client.request(message).then((outcome) => {
        if (outcome.phase !== 'broken') replies.unshift(JSON.parse(outcome.receivedText) as Message)
      })
      return id
    })
  }

  /** The first reply to each: `ok`, or the error code. Rejects on timeout. */
  outcomes(ids: readonly string[]): Promise<string[]> {
    return Promise.all(
      ids.map(async (id) => {
        const reply = await until(`a reply to ${id}`, () => this.replies.get(id)?.[0])
        return outcomeOf(reply)
      }),
    )
  }

  replyTo(id: string): Message | undefined {
    return this.replies.get(id)?.[0]
  }

  /** Sends `count` and waits for their outcomes. */
  ask(count: number): Promise<string[]> {
    return this.outcomes(this.send(count))
  }

  /** Requests without exactly one reply, and replies to no request. */
  faults(): string[] {
    const wrong = [...this.replies].filter(([, replies]) => replies.length !== 1)
    return [
      ...wrong.map(([id, replies]) => `request ${id} has ${replies.length} replies instead of 1`),
      ...this.strays.map(
        (stray) => `${this.backend} was sent a reply to nothing: ${stray.slice(0, 200)}`,
      ),
    ]
  }

  get waiting(): number {
    return [...this.replies.values()].filter((replies) => replies.length === 0).length
  }

  /** Count of first replies by `ok` or error code. */
  tally(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [reply] of this.replies.values()) {
      if (reply === undefined) continue
      const outcome = outcomeOf(reply)
      counts[outcome] = (counts[outcome] ?? 0) + 1
    }
    return counts
  }

  get count(): number {
    return this.sent
  }

  close(): Promise<void> {
    return this.client.close()
  }
}

const outcomeOf = (reply: Message) =>
  reply['type'] === 'inference_response' ? 'ok' : String(reply['code'])

/** True if all have the same outcome. */
export const areAll = (outcomes: readonly string[], wanted: string) =>
  outcomes.every((outcome) => outcome === wanted)
