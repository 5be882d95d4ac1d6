/** Clients and backends whose messages are too large, never end, or are unreadable. */
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { connect } from '../testing/wire_client.ts'
import { demand } from './demand.ts'
import { PanelLink } from './panel_link.ts'
import { areAll } from './request_flow.ts'
import { faulty, onnx, TINY_SIDE } from './sections.ts'
import type { Plane, Stage } from './fixture.ts'
import { testFaults } from './test_faults.ts'
import { MIB } from '../protocol/bytes.ts'

/** Far below what a client would notice as an outage, far above the noise of a busy machine. */
const WAIT_MS_MAX = 3000
/** Of Switchyard, with its limit of 512 MiB for unfinished messages. */
const GROWTH_BYTES_MAX = 900 * MIB

testFaults('messages that are too much or cannot be read', [
  {
    name: 'JSON of millions of keys',
    documented: 'refused with `too_large`; other clients and the health checks do not wait for it',
    run: async (stage) => {
      const plane = await stage.open({ good: await faulty('none') })
      const { pid } = await plane.link.ready('good')
      const seen: string[] = []
      for (const megabytes of [12, 30]) {
        const client = await connect(`${plane.panel.ws}/backends/good`)
        client.send(manyKeys(megabytes))
        const worstMs = await whileAsked(plane, client.next())
        await client.close()
        demand(worstMs < WAIT_MS_MAX, `with ${megabytes} MB another client waited ${worstMs} ms`)
        seen.push(`${megabytes} MB: others waited ${Math.round(worstMs)} ms at most`)
      }
      demand(plane.link.backend('good').pid === pid, 'the backend was restarted')
      return seen.join('; ')
    },
  },
  {
    name: 'unfinished messages',
    documented: 'the bytes of all messages that have not ended are bounded; others are served',
    run: async (stage) => {
      const plane = await stage.open({ good: await faulty('none') })
      await plane.link.ready('good')
      const flow = await stage.requests(plane, 'good')
      const sockets = await Promise.all(
        Array.from({ length: 24 }, () => unfinished(plane, 90 * MIB, 30 * MIB)),
      )
      const outcomes = await flow.ask(5)
      demand(areAll(outcomes, 'ok'), `another client was answered ${outcomes.join(', ')}`)
      const { rss_bytes: rss } = (await plane.link.call('plane.snapshot', {})).plane
      demand(rss < GROWTH_BYTES_MAX, `the control plane holds ${Math.round(rss / MIB)} MiB`)
      for (const socket of sockets) socket.destroy()
      return `720 MiB of messages that never end: ${Math.round(rss / MIB)} MiB; others served`
    },
  },
  {
    name: 'idle connections',
    documented: 'programs that only hold connections do not shut out who has the token',
    run: async (stage) => {
      const plane = await stage.open({ good: await faulty('none') })
      await plane.link.ready('good')
      const { http, ws, headers } = plane.panel
      const idle = await Promise.all(Array.from({ length: 1100 }, () => idleSocket(ws)))
      const open = idle.filter((socket) => socket.readyState === WebSocket.OPEN).length
      const page = await fetch(`${http}/`, { headers })
      demand(page.ok, `the panel's page is answered ${page.status}`)
      const second = await PanelLink.open(plane.panel)
      second.close()
      for (const socket of idle) socket.terminate()
      return `${open} idle connections; the panel got in`
    },
  },
  {
    name: 'a picture of 1 x 60,000,000',
    documented: 'refused before it is decoded; the backend serves on',
    run: async (stage) => {
      const model = path.join(stage.folder, 'means.onnx')
      writeFileSync(model, colourMeansModel(TINY_SIDE))
      const plane = await stage.open({ ours: await onnx(model) })
      const { pid } = await plane.link.ready('ours')
      const flow = await stage.requests(plane, 'ours')
      const outcomes = await flow.outcomes(flow.send(12, tallPng(60_000_000)))
      demand(
        areAll(outcomes, 'too_large') || areAll(outcomes, 'invalid_image'),
        `they were answered ${outcomes.join(', ')}`,
      )
      demand(plane.link.backend('ours').pid === pid, 'the backend was restarted')
      return `12 of them answered ${outcomes[0]}`
    },
  },
  {
    name: 'NaN in a reply',
    documented: 'the request is answered with an error that names the fault; the backend serves on',
    run: (stage) => unreadable(stage, 'nan_reply', []),
  },
  {
    name: 'oversized reply',
    documented: 'the request is answered with an error that names the limit; the backend serves on',
    run: (stage) => unreadable(stage, 'huge_reply', ['--size', String(8 * MIB)]),
  },
  {
    name: 'large hostile replies',
    documented:
      'the request is answered with one error that names the fault; a request to another backend is answered meanwhile',
    run: async (stage) => {
      const limit = { max_message_bytes: 64 * MIB }
      const sections = await Promise.all(
        Object.keys(HOSTILE).map(
          async (form) => [form, await faulty('hostile_reply', ['--form', form], limit)] as const,
        ),
      )
      const plane = await stage.open({
        ...Object.fromEntries(sections),
        good: await faulty('none'),
      })
      const { link } = plane
      await Promise.all([...Object.keys(HOSTILE), 'good'].map((name) => link.ready(name)))
      const good = await stage.requests(plane, 'good')
      const seen: string[] = []
      for (const [form, { code, error }] of Object.entries(HOSTILE)) {
        const flow = await stage.requests(plane, form)
        const ids = flow.send(1)
        const pending = flow.outcomes(ids)
        let worstMs = 0
        let isAnswered = false
        void pending.finally(() => (isAnswered = true))
        do {
          const sentMs = performance.now()
          const outcomes = await good.ask(1)
          demand(areAll(outcomes, 'ok'), `${form}: another was answered ${outcomes.join(', ')}`)
          worstMs = Math.max(worstMs, performance.now() - sentMs)
        } while (!isAnswered)
        demand(areAll(await pending, code), `${form}: answered ${(await pending).join(', ')}`)
        const said = String(flow.replyTo(ids[0] ?? '')?.['error'])
        demand(error.test(said), `${form}: the error shows: ${said}`)
        demand(worstMs < WAIT_MS_MAX, `${form}: another request waited ${worstMs} ms`)
        demand(areAll(await flow.ask(1), 'ok'), `${form}: the backend does not serve on`)
        seen.push(`${form}: ${code}, others waited ${Math.round(worstMs)} ms`)
      }
      return seen.join('; ')
    },
  },
])

/** The expected error for each hostile reply. */
const HOSTILE: Record<string, { code: string; error: RegExp }> = {
  keys: { code: 'internal', error: /more than 100000 keys/ },
  depth: { code: 'internal', error: /deeper than 64 levels/ },
  numbers: { code: 'internal', error: /more than 16000000 numbers/ },
  string: { code: 'too_large', error: /90\d+ bytes and exceeds max_message_bytes/ },
  nan: { code: 'internal', error: /NaN at position \d+; replace NaN/ },
  cut: { code: 'internal', error: /ends too early; it has \d+ bytes/ },
}

async function unreadable(stage: Stage, fault: string, args: string[]): Promise<string> {
  const keys = { max_message_bytes: 4 * MIB }
  const section = await faulty(fault, [...args, '--requests', '2'], keys)
  const plane = await stage.open({ odd: section, good: await faulty('none') })
  await Promise.all([plane.link.ready('odd'), plane.link.ready('good')])
  const flow = await stage.requests(plane, 'odd')
  const outcomes = await flow.ask(2)
  demand(
    outcomes.every((outcome) => outcome !== 'ok' && outcome !== 'timeout'),
    `they were answered ${outcomes.join(', ')}`,
  )
  const good = await (await stage.requests(plane, 'good')).ask(2)
  demand(areAll(good, 'ok'), `the other backend answered ${good.join(', ')}`)
  return `answered ${outcomes.join(', ')}`
}

/** Health checks of another client until `pending` settles; resolves with the longest wait. */
async function whileAsked({ panel }: Plane, pending: Promise<unknown>): Promise<number> {
  const other = await connect(`${panel.ws}/backends/good`)
  let worstMs = 0
  let isOver = false
  const end = pending.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  do {
    const sentMs = performance.now()
    await other.ask({ type: 'health_check' })
    worstMs = Math.max(worstMs, performance.now() - sentMs)
  } while (!isOver)
  await end
  await other.close()
  return worstMs
}

function manyKeys(megabytes: number): string {
  const keys: string[] = []
  for (let bytes = 0, at = 0; bytes < megabytes * 1e6; at++) {
    const key = `"k${at}":1`
    keys.push(key)
    bytes += key.length + 1
  }
  const head = '{"type":"inference_request","request_id":"many","data":{"image":"AAAA",'
  return `${head}${keys.join(',')}}}`
}

/** A WebSocket whose only message announces `announced` bytes and stops after `sent`. */
async function unfinished({ panel }: Plane, announced: number, sent: number): Promise<net.Socket> {
  const { hostname, port } = new URL(panel.http)
  const socket = net.connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  const isOver = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(
    `GET /backends/good HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  await Promise.race([new Promise((resolve) => socket.once('data', resolve)), isOver])
  const head = Buffer.alloc(14)
  head[0] = 0x81
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(announced), 2)
  socket.write(head)
  const block = Buffer.alloc(MIB, 'x')
  for (let left = sent; left > 0 && !socket.destroyed; left -= block.length) {
    const drained = new Promise<void>((resolve) => socket.once('drain', () => resolve()))
    if (!socket.write(block)) await Promise.race([drained, isOver])
  }
  return socket
}

async function idleSocket(ws: string): Promise<WebSocket> {
  const socket = new WebSocket(`${ws}/backends/good`)
  await new Promise<void>((resolve) => {
    socket.once('open', () => resolve())
    socket.once('error', () => resolve())
  })
  socket.on('error', () => undefined)
  return socket
}

/** One pixel wide, grey, all black. */
function tallPng(height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const check = Buffer.alloc(4)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(1, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(height * 2), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
