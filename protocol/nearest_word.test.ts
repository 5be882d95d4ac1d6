import { expect, it } from 'vitest'
import { nearestWord } from './nearest_word.ts'

const KEYS = ['request_timeout', 'runtime', 'port', 'host', 'hosts', 'health_interval', 'env']

it.each([
  ['request_timout', 'request_timeout'],
  ['requets_timeout', 'request_timeout'],
  ['REQUEST_TIMEOUT', 'request_timeout'],
  ['prot', 'port'],
  ['hots', 'host'],
  ['health_intervall', 'health_interval'],
])('%s was meant to be %s', (word, meant) => {
  expect(nearestWord(word, KEYS)).toBe(meant)
})

it.each(['colour', 'x', '', 'timeout', 'ports_of_all'])('%s is near to none', (word) => {
  expect(nearestWord(word, KEYS)).toBeNull()
})
