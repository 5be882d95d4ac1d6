/** Connections of the load generator: prepared messages, and the picture of each outcome. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:http2'
import { WebSocket } from 'ws'
import { BackendClient } from '../../client/backend_client.ts'
import type { LoadConnection } from '../../client/load/load_connection.ts'
import { openNodeSocket } from '../../client/node_socket.ts'
import type { Outcome } from '../../client/outcome.ts'
import type { Frame } from '../../client/request_frame.ts'
import { joinBinary } from '../../protocol/binary.ts'
import type { Target } from '../harness/load_plan.ts'
import { INFER_PATH, inferRequest, predictionOf } from './grpc_tensors.ts'

export type BenchOutcome = Outcome & {
  /** Index of the request's picture in the target. */
  picture: number
  /** False: an echo of another length. */
  isWhole: boolean
}
export type BenchConnection = LoadConnection<BenchOutcome>

type FrameFor = (requestId: string) => Frame

/** Counts as lost after this time; longer than any deadline used here. */
const ANSWER_MS_MAX = 35_000
const ID_LENGTH = 8
const ID_PLACE = '~'.repeat(ID_LENGTH)

export function openConnections(target: Target, count: number): Promise<BenchConnection[]> {
  const frames = target.pictures.map((picture) => frameFor(picture, target.form))
  const open = target.replies === 'echo' ? openEcho : OPENERS[target.form]
  return Promise.all(
    Array.from({ length: count }, async (_, place) => {
      const { exchange, close } = await open(target.url)
      let next = place
      let sent = 0
      const send = async (): Promise<BenchOutcome> => {
        const picture = next++ % frames.length
        const id = (sent++).toString(36).padStart(ID_LENGTH, '0')
        const frame = frames[picture]?.(id) ?? ''
        return { isWhole: true, ...(await exchange(id, frame)), picture }
      }
      return { send, close }
    }),
  )
}

interface Exchanger {
  exchange(requestId: string, frame: Frame): Promise<Outcome & { isWhole?: boolean }>
  close(): Promise<void>
}

const OPENERS: Record<Target['form'], (url: string) => Promise<Exchanger>> = {
  text: openBackend,
  binary: openBackend,
  message: openMessages,
  post: openPost,
  grpc: openGrpc,
}

async function openBackend(url: string): Promise<Exchanger> {
  const openSocket = () => openNodeSocket(url)
  const client = new BackendClient({ name: 'backend', openSocket, timeoutMs: ANSWER_MS_MAX })
  await client.open()
  return {
    // A lost connection stays lost, so that its requests are counted.
    exchange: (id, frame) => (client.isOpen ? client.exchange(id, frame) : Promise.resolve(LOST)),
    close: () => client.close(),
  }
}

const LOST: Outcome = { phase: 'broken', code: 'backend_lost', message: 'the connection is lost' }

/** Only the length of an echo is checked, to measure nothing but the socket. */
async function openEcho(url: string): Promise<Exchanger> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  const waiting: ((bytes: number) => void)[] = []
  socket.on('message', (data: Buffer) => waiting.shift()?.(data.length))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'open')
  return {
    exchange: (_id, frame) => {
      const sentAtMs = performance.now()
      return new Promise((resolve) => {
        waiting.push((bytes) => {
          const roundTripMs = performance.now() - sentAtMs
          const received = { message: {}, reply: null, receivedText: '', roundTripMs }
          resolve({ phase: 'answered', ...received, isWhole: bytes === frame.length })
        })
        socket.send(frame)
      })
    },
    close: () => {
      socket.terminate()
      return closed
    },
  }
}

/** A peer that answers each binary message with JSON, in order. */
async function openMessages(url: string): Promise<Exchanger> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  let answer: ((data: Buffer) => void) | null = null
  socket.on('message', (data: Buffer) => answer?.(data))
  await once(socket, 'open')
  return {
    exchange: (_id, frame) => {
      const sentAtMs = performance.now()
      return new Promise((resolve) => {
        answer = (data) => resolve(answered(jsonOf(data), sentAtMs))
        socket.send(frame, { binary: true })
      })
    },
    close: async () => {
      socket.terminate()
    },
  }
}

/** A peer that answers a POST with JSON, over one kept connection. */
async function openPost(url: string): Promise<Exchanger> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    exchange: (_id, frame) => {
      const sentAtMs = performance.now()
      return new Promise((resolve) => {
        const headers = {
          'content-type': 'application/octet-stream',
          'content-length': frame.length,
        }
        const post = request(url, { method: 'POST', agent, headers }, (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('end', () => {
            const isDone = response.statusCode === 200
            resolve(isDone ? answered(jsonOf(Buffer.concat(parts)), sentAtMs) : LOST)
          })
        })
        post.on('error', () => resolve(LOST))
        post.end(frame)
      })
    },
    close: async () => {
      agent.destroy()
    },
  }
}

/** A peer with the gRPC form of the Open Inference Protocol, over one kept connection. */
async function openGrpc(url: string): Promise<Exchanger> {
  const session = connect(url)
  await once(session, 'connect')
  session.on('error', () => undefined)
  const headers = {
    ':method': 'POST',
    ':path': INFER_PATH,
    'content-type': 'application/grpc',
    te: 'trailers',
  }
  return {
    exchange: (_id, frame) => {
      const sentAtMs = performance.now()
      return new Promise((resolve) => {
        const call = session.request(headers)
        const parts: Buffer[] = []
        call.on('data', (part: Buffer) => parts.push(part))
        call.on('error', () => resolve(LOST))
        call.on('end', () => {
          const prediction = predictionOf(Buffer.concat(parts))
          if (prediction.length > 0) resolve(answered({ prediction }, sentAtMs))
        })
        // Without a prediction the call has failed.
        call.on('close', () => resolve(LOST))
        call.end(frame)
      })
    },
    close: async () => {
      session.destroy()
    },
  }
}

const jsonOf = (data: Buffer) => JSON.parse(data.toString('utf8')) as Record<string, unknown>

function answered(message: Record<string, unknown>, sentAtMs: number): Outcome {
  const roundTripMs = performance.now() - sentAtMs
  return { phase: 'answered', message, reply: null, receivedText: '', roundTripMs }
}

/** Inserts the id into a prepared message. */
function frameFor({ bytes, data }: Target['pictures'][number], form: Target['form']): FrameFor {
  if (data !== undefined) return textFor(data)
  if (form === 'message' || form === 'post') return () => new Uint8Array(bytes)
  if (form === 'grpc') {
    const message = inferRequest(bytes)
    return () => message
  }
  if (form === 'text') return textFor({ image: Buffer.from(bytes).toString('base64') })
  const header = requestText({ image: { $attachment: 0, length: bytes.length } })
  const buffer = Buffer.from(joinBinary(header, [bytes]).buffer)
  const idAt = buffer.indexOf(ID_PLACE)
  return (id) => {
    // ws copies when masking, so the buffer is free again.
    buffer.write(id, idAt, 'latin1')
    return buffer
  }
}

function textFor(data: object): FrameFor {
  const [head = '', tail = ''] = requestText(data).split(ID_PLACE)
  return (id) => `${head}${id}${tail}`
}

const requestText = (data: object) =>
  JSON.stringify({
    type: 'inference_request',
    request_id: ID_PLACE,
    data: { ...data, timestamp: 1 },
  })
