import { expect, it } from 'vitest'
import { stateLayout } from './state_dir.ts'

const layout = stateLayout('/state')
const filesOf = (host: string) => [
  layout.eventsOf({ host, port: 43001 }),
  layout.metricsOf({ host, port: 43001 }),
]

it('two planes on the same port of two hosts share no file', () => {
  const hosts = ['127.0.0.1', '::1', 'localhost', '10.0.0.7', '::', 'fe80::1%eth0']
  expect(new Set(hosts.flatMap(filesOf)).size).toBe(2 * hosts.length)
  for (const file of hosts.flatMap(filesOf)) expect(file).toMatch(/^\/state\/\w+\/[\w.-]+$/)
})

it('the files of the default host keep their names', () => {
  expect(filesOf('127.0.0.1')).toEqual(['/state/events/43001.json', '/state/metrics/43001'])
  expect(filesOf('0.0.0.0')).toEqual(filesOf('127.0.0.1'))
})
