import { describe, expect, it } from 'vitest'
import type { LogLine } from '../../protocol/log_lines.ts'
import { LogStore, SHOWN_CHARACTERS_MAX, type NewLine } from './log_store.ts'

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

it('passes each new line to followers until they leave', () => {
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

describe('a line that is too long for a list', () => {
  const long = `${'x'.repeat(SHOWN_CHARACTERS_MAX)}the end`
  const storeWith = (line: Omit<NewLine, 'source' | 'level'>) => {
    const store = new LogStore(() => 0)
    const followed: LogLine[] = []
    store.follow((one) => followed.push(one))
    store.add({ source: 'one', level: 'info', ...line })
    return { store, followed }
  }

  it('is cut where lines are listed and pushed, and whole where it is asked for by its number', () => {
    const { store, followed } = storeWith({ message: long, fields: { a: 1 } })
    const message = `${'x'.repeat(SHOWN_CHARACTERS_MAX)}… (16384 of 16391 characters)`
    expect(store.at(0)).toMatchObject({ message, is_cut: true, fields: { a: 1 } })
    expect(followed).toEqual([store.at(0)])
    expect(store.whole(0)).toMatchObject({ message: long, fields: { a: 1 } })
    expect(store.whole(0)).not.toHaveProperty('is_cut')
  })

  it('is cut by its fields, too', () => {
    const { store } = storeWith({ message: 'm', fields: { long } })
    expect(store.at(0)).toEqual({
      seq: 0,
      time: 0,
      source: 'one',
      level: 'info',
      message: 'm',
      is_cut: true,
    })
    expect(store.whole(0)?.fields).toEqual({ long })
  })

  it('goes with its place in the ring', () => {
    const store = new LogStore(() => 0, 2)
    for (const message of [long, 'a', 'b']) store.add({ source: 'one', level: 'info', message })
    expect(store.whole(0)).toBeUndefined()
    expect(store.whole(1)).toBe(store.at(1))
  })

  it('counts in full against the bound of the memory', () => {
    const store = new LogStore(() => 0, 1000, 4 * SHOWN_CHARACTERS_MAX)
    for (const message of [long, long, long]) store.add({ source: 'one', level: 'info', message })
    expect(store.dropped).toBe(2)
  })
})
