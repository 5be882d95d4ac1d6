/** The ring: what it holds, answers and lets go. */
import { expect, it } from 'vitest'
import { LogStore } from './log_store.ts'

function createStore(capacity = 100) {
  let time = 0
  return new LogStore(() => ++time, capacity)
}

it('answers the newest matching lines, oldest first, with counts of all levels', () => {
  const store = createStore()
  store.add({ source: 'a', level: 'info', message: 'one' })
  store.add({ source: 'b', level: 'info', message: 'two' })
  store.add({ source: 'a', level: 'error', message: 'three' })
  store.add({ source: 'a', level: 'info', message: 'four' })
  const { lines, counts } = store.query({ sources: ['a'], levels: ['info'] }, 1)
  expect(lines.map(({ message }) => message)).toEqual(['four'])
  expect(counts).toEqual({ debug: 0, info: 2, warn: 0, error: 1 })
})

it('searches message and request id without case', () => {
  const store = createStore()
  store.add({ source: 'a', level: 'info', message: 'Ready on CPU' })
  store.add({ source: 'a', level: 'info', message: 'response', request_id: 'AB-12' })
  expect(store.query({ search: 'cpu' }, 10).lines).toHaveLength(1)
  expect(store.query({ search: 'ab-1' }, 10).lines).toHaveLength(1)
  expect(store.query({ search: 'nothing' }, 10).lines).toHaveLength(0)
})

it('lets the oldest go when it is full, and counts them', () => {
  const store = createStore(3)
  for (let index = 0; index < 5; index++) {
    store.add({ source: 'a', level: 'info', message: String(index) })
  }
  expect(store.query({}, 10).lines.map(({ message }) => message)).toEqual(['2', '3', '4'])
  expect(store.dropped).toBe(2)
  expect(store.total).toBe(5)
})

it('tells followers each new line until they leave', () => {
  const store = createStore()
  const seen: string[] = []
  const leave = store.follow(({ message }) => seen.push(message))
  store.add({ source: 'a', level: 'info', message: 'x' })
  leave()
  store.add({ source: 'a', level: 'info', message: 'y' })
  expect(seen).toEqual(['x'])
})

it('is bounded in characters as well: long lines make room earlier', () => {
  const store = new LogStore(() => 0, 100, 10_000)
  for (let index = 0; index < 20; index++) {
    store.add({ source: 'a', level: 'info', message: String(index).padEnd(1000) })
  }
  expect(store.dropped).toBe(11)
  expect(store.query({}, 100).lines.map(({ seq }) => seq)).toEqual([
    11, 12, 13, 14, 15, 16, 17, 18, 19,
  ])
  store.add({ source: 'a', level: 'info', message: 'x', fields: { deep: ['y'.repeat(9900)] } })
  expect(store.dropped).toBe(20)
  expect(store.at(19)).toBeUndefined()
  expect(store.at(20)?.message).toBe('x')
  expect(store.at(21)).toBeUndefined()
})

it('keeps the newest line even if it alone is over the bound', () => {
  const store = new LogStore(() => 0, 100, 10)
  store.add({ source: 'a', level: 'info', message: 'x'.repeat(100) })
  expect(store.query({}, 10).lines).toHaveLength(1)
})
