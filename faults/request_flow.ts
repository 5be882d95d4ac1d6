/** Requests of one program through the gateway, and every reply that came to each: one too few shows, and so does one too many. */
import { BackendClient } from '../client/backend_client.ts'
import { openNodeSocket } from '../client/node_socket.ts'
import { until } from '../testing/processes.ts'
import { inferenceRequest, type Message } from '../testing/wire_client.ts'

/** No image: the faulty backend does not look at it. Different ones, so that none is taken for a repeated cause of crashes. */
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

  /** Connects to the gateway at `ws`. */
  static async open(ws: string, backend: string): Promise<RequestFlow> {
    const flow = new RequestFlow(ws, backend)
    await flow.client.open()
    return flow
  }

  /** Sends requests, of `payload` each if one is given, or what `payload` makes of an id; answers their ids. */
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

  /** The first reply to each: `ok`, or the code of the error. Rejects when one has none in time. */
  outcomes(ids: readonly string[]): Promise<string[]> {
    return Promise.all(
      ids.map(async (id) => {
        const reply = await until(`a reply to ${id}`, () => this.replies.get(id)?.[0])
        return outcomeOf(reply)
      }),
    )
  }

  /** The first reply to a request, if there is one yet. */
  replyTo(id: string): Message | undefined {
    return this.replies.get(id)?.[0]
  }

  /** Sends `count` and waits for their outcomes. */
  ask(count: number): Promise<string[]> {
    return this.outcomes(this.send(count))
  }

  /** Sentences on requests that have not exactly one reply, and on replies to no request. */
  faults(): string[] {
    const wrong = [...this.replies].filter(([, replies]) => replies.length !== 1)
    return [
      ...wrong.map(([id, replies]) => `request ${id} has ${replies.length} replies instead of 1`),
      ...this.strays.map(
        (stray) => `${this.backend} was sent a reply to nothing: ${stray.slice(0, 200)}`,
      ),
    ]
  }

  /** Requests that have no reply yet. */
  get waiting(): number {
    return [...this.replies.values()].filter((replies) => replies.length === 0).length
  }

  /** How many first replies were `ok`, or which code of an error. */
  tally(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [reply] of this.replies.values()) {
      if (reply === undefined) continue
      const outcome = outcomeOf(reply)
      counts[outcome] = (counts[outcome] ?? 0) + 1
    }
    return counts
  }

  /** How many requests were sent. */
  get count(): number {
    return this.sent
  }

  close(): Promise<void> {
    return this.client.close()
  }
}

const outcomeOf = (reply: Message) =>
  reply['type'] === 'inference_response' ? 'ok' : String(reply['code'])

/** Whether all are the same outcome. */
export const areAll = (outcomes: readonly string[], wanted: string) =>
  outcomes.every((outcome) => outcome === wanted)
