/** Missing and surplus replies must be detected, or every fault would pass. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { until } from '../testing/processes.ts'
import { RequestFlow } from './request_flow.ts'

const servers: WebSocketServer[] = []
const flows: RequestFlow[] = []

afterEach(async () => {
  for (const flow of flows.splice(0)) await flow.close()
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

/** A gateway that sends these replies to each request, with ids derived from the request's. */
async function flowTo(repliesTo: (id: string) => string[]): Promise<RequestFlow> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  await once(server, 'listening')
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { request_id: id } = JSON.parse(data.toString()) as { request_id: string }
      for (const reply of repliesTo(id)) {
        socket.send(JSON.stringify({ type: 'inference_response', request_id: reply, data: {} }))
      }
    })
  })
  const { port } = server.address() as AddressInfo
  const flow = await RequestFlow.open(`ws://127.0.0.1:${port}`, 'tested')
  flows.push(flow)
  return flow
}

it('one reply to each request is not a fault', async () => {
  const flow = await flowTo((id) => [id])
  expect(await flow.ask(3)).toEqual(['ok', 'ok', 'ok'])
  expect(flow.faults()).toEqual([])
})

it('a second reply is a fault', async () => {
  const flow = await flowTo((id) => [id, id])
  await flow.ask(1)
  await until('the second reply to be counted', () => flow.faults().length > 0)
  expect(flow.faults()).toEqual(['request tested-0 has 2 replies instead of 1'])
})

it('no reply is a fault, and so is a reply to nothing', async () => {
  const flow = await flowTo(() => ['other'])
  flow.send(1)
  await until('the reply to nothing to be counted', () => flow.faults().length > 1)
  expect(flow.faults()).toEqual([
    'request tested-0 has 0 replies instead of 1',
    expect.stringMatching(/^tested was sent a reply to nothing: .*"other"/),
  ])
})
