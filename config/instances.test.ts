import { expect, test } from 'vitest'
import { backendConfigSchema } from '../protocol/config.ts'
import { instancesOf } from './instances.ts'

const addressesOf = (section: object) =>
  instancesOf('emotion', backendConfigSchema.parse({ port: 8768, ...section })).map(
    ({ id, config }) => `${id} ${config.host} ${config.port}`,
  )

test('one process has the name of its section', () => {
  expect(addressesOf({})).toEqual(['emotion localhost 8768'])
})

test('replicas are counted and take the ports that follow', () => {
  expect(addressesOf({ replicas: 3 })).toEqual([
    'emotion-1 localhost 8768',
    'emotion-2 localhost 8769',
    'emotion-3 localhost 8770',
  ])
})

test('several hosts are watched where they are', () => {
  expect(addressesOf({ runtime: 'external', hosts: ['gpu-1:9001', '[::1]:9002'] })).toEqual([
    'emotion-1 gpu-1 9001',
    'emotion-2 ::1 9002',
  ])
})

test.each([
  [{ hosts: ['gpu-1:9001'] }, /hosts is for runtime: external/],
  [{ runtime: 'external', hosts: ['gpu-1'] }, /host:port/],
  [{ runtime: 'external', hosts: ['gpu-1:80'] }, /1024-65535/],
  [{ runtime: 'external', replicas: 2 }, /replicas starts processes/],
  [{ port: 65_535, replicas: 2 }, /reach to port 65536/],
])('%o is refused', (section, words) => {
  const { error } = backendConfigSchema.safeParse({ port: 8768, ...section })
  expect(error?.issues.map(({ message }) => message).join('; ')).toMatch(words)
})
