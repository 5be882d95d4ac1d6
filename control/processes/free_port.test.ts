import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { freePort } from '../../testing/processes.ts'
import { freePortWait } from './free_port.ts'

let holder: Server | null = null
afterEach(async () => {
  await close()
})

async function hold(): Promise<number> {
  const server = createServer()
  holder = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function close(): Promise<void> {
  const server = holder
  holder = null
  if (server === null) return
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}

const never = () => new AbortController().signal

it('a port that nobody holds is free immediately, and still so afterwards', async () => {
  const port = await freePort()
  expect(await freePortWait('127.0.0.1', port, AbortSignal.abort())).toEqual({ isFree: true })
  expect(await freePortWait('127.0.0.1', port, AbortSignal.abort())).toEqual({ isFree: true })
})

it('a port that is held is waited for until it is let go', async () => {
  const port = await hold()
  let isOver = false
  const waiting = freePortWait('127.0.0.1', port, never()).finally(() => {
    isOver = true
  })
  // Another wait tries and gives up meanwhile: the first has seen the port held.
  const other = await freePortWait('127.0.0.1', port, AbortSignal.timeout(50))
  expect(other).toMatchObject({
    isFree: false,
    reason: { message: expect.stringMatching(/still held/) as string },
  })
  expect(isOver).toBe(false)
  await close()
  expect(await waiting).toEqual({ isFree: true })
})

it('the deadline ends the wait immediately, with what was found', async () => {
  const port = await hold()
  const deadline = new AbortController()
  const waiting = freePortWait('127.0.0.1', port, deadline.signal)
  deadline.abort()
  expect(await waiting).toMatchObject({
    isFree: false,
    reason: { message: `port ${port} of 127.0.0.1 is still held (EADDRINUSE)` },
  })
})

it('waiting does not help where the address is not of this machine', async () => {
  // 192.0.2.0/24 is unassigned: RFC 5737.
  const answer = await freePortWait('192.0.2.1', 8768, never())
  expect(answer).toMatchObject({
    isFree: false,
    reason: { message: expect.stringContaining('192.0.2.1') as string },
  })
})

it('several concurrent waits all find it free in the end', async () => {
  const port = await freePort()
  const tries = Promise.all(
    Array.from({ length: 20 }, () => freePortWait('127.0.0.1', port, never())),
  )
  expect((await tries).every(({ isFree }) => isFree)).toBe(true)
})
