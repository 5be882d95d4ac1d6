import { expect, test } from 'vitest'
import { TO_PAGE } from '../protocol/desktop_channels.ts'
import { createAcks } from './page_acks.ts'
import { PageSocket } from './page_socket.ts'
import { MIB } from '../protocol/bytes.ts'

function aPage() {
  const sent: { channel: string; mark: number }[] = []
  const socket = new PageSocket({
    isDestroyed: () => false,
    send: (channel, ...given: unknown[]) => {
      sent.push({ channel, mark: Number(given[1]) })
    },
  })
  let closes = 0
  socket.on('close', () => closes++)
  return { socket, sent, closes: () => closes }
}

test('what was sent is unread until the page confirms it', () => {
  const { socket, sent } = aPage()
  for (const text of ['a'.repeat(100), 'ü'.repeat(100), 'c']) socket.send(text)
  expect(socket.bufferedAmount).toBe(301)
  socket.acknowledge(sent[1]?.mark ?? 0)
  expect(socket.bufferedAmount).toBe(1)
  socket.acknowledge(sent[1]?.mark ?? 0)
  expect(socket.bufferedAmount).toBe(1)
  socket.acknowledge(sent[2]?.mark ?? 0)
  expect(socket.bufferedAmount).toBe(0)
})

test('a confirmation for the channel before does not count for this one', () => {
  const old = aPage()
  old.socket.send('old')
  const next = aPage()
  next.socket.send('new')
  next.socket.acknowledge(old.sent[0]?.mark ?? 0)
  expect(next.socket.bufferedAmount).toBe(3)
})

test('a page that confirms nothing is cut off at 64 MiB; one message alone may be longer', () => {
  const { socket, sent, closes } = aPage()
  socket.send('x'.repeat(65 * MIB))
  expect(closes()).toBe(0)
  socket.send('y')
  expect(closes()).toBe(1)
  expect(sent.map(({ channel }) => channel)).toEqual([TO_PAGE.message, TO_PAGE.closed])
  socket.send('z')
  expect(sent).toHaveLength(2)
})

test('the page confirms several small messages together, and a long one on its own', () => {
  const marks: number[] = []
  const taken = createAcks((mark) => marks.push(mark))
  for (let mark = 1; mark <= 17; mark++) taken(mark, 100)
  expect(marks).toEqual([8, 16])
  taken(18, 100_000)
  expect(marks).toEqual([8, 16, 18])
})
