import { describe, expect, it } from 'vitest'
import { modelsConfigSchema } from '../protocol/config.ts'
import { portClashes } from './port_clashes.ts'

const GATEWAY = { host: '127.0.0.1', port: 8765, owner: 'the gateway' }

function clashesOf(sections: Record<string, object>) {
  return portClashes(modelsConfigSchema.parse({ model_backends: sections }), [GATEWAY])
}

const ours = (host: string, port = 8768, more = {}) => ({ host, port, ...more })
const external = (host: string, port = 8768) => ({ runtime: 'external', host, port })

describe('sections that can run side by side', () => {
  it.each<[string, Record<string, object>]>([
    [
      'a backend and the same one on another machine',
      { a: ours('localhost'), b: external('lab-2') },
    ],
    ['two external machines', { a: external('lab-1'), b: external('lab-2') }],
    ['two loopback addresses', { a: ours('127.0.0.1'), b: ours('127.0.0.2') }],
    ['a wildcard and another machine', { a: ours('0.0.0.0'), b: external('lab-2') }],
    ['the port of the gateway on another machine', { a: external('lab-2', 8765) }],
    [
      'a pool of a local and a remote backend',
      {
        a: ours('localhost'),
        pool: { runtime: 'external', hosts: ['localhost:8768', 'lab-2:8768'] },
      },
    ],
    [
      'hosts and a port that is not used',
      { a: ours('localhost'), b: { ...external('x'), hosts: ['lab:8768'] } },
    ],
    [
      'replicas that end below the next port',
      { a: ours('::1', 8766, { replicas: 2 }), b: ours('::1') },
    ],
  ])('%s', (_title, sections) => {
    expect(clashesOf(sections)).toEqual([])
  })
})

describe('sections that would share an address', () => {
  it.each<[string, Record<string, object>]>([
    ['the same address', { a: ours('192.168.1.5'), b: ours('192.168.1.5') }],
    ['two names of this machine', { a: ours('localhost'), b: ours('127.0.0.1') }],
    ['localhost and its IPv6 address', { a: ours('localhost'), b: ours('::1') }],
    ['two spellings of an IPv6 address', { a: external('fe80::0:1'), b: external('FE80::1') }],
    ['two spellings of a name', { a: external('Lab-2'), b: external('lab-2.') }],
    ['a wildcard and an address of this machine', { a: ours('0.0.0.0'), b: ours('192.168.1.5') }],
    ['an address of this machine and a wildcard', { a: ours('127.0.0.2'), b: ours('::') }],
    [
      'a wildcard and an external backend of this machine',
      { a: ours('::'), b: external('localhost') },
    ],
    ['an external backend and its copy', { a: external('lab-2'), b: external('lab-2') }],
    ['the last replica', { a: ours('localhost', 8766, { replicas: 3 }), b: ours('localhost') }],
  ])('%s', (_title, sections) => {
    expect(clashesOf(sections)).toMatchObject([{ backend: 'b' }])
  })

  it('names the owner, and the next free port of the file', () => {
    const [clash] = clashesOf({ a: ours('localhost', 8766), b: ours('127.0.0.1', 8766) })
    expect(clash).toMatchObject({
      backend: 'b',
      key: 'port',
      message: { message: 'Port 8766 belongs to a.' },
      remedy: { message: 'Use 8767.' },
      freePort: 8767,
    })
  })

  it('offers replicas as many ports in a row', () => {
    const [clash] = clashesOf({
      a: ours('localhost', 8768),
      b: ours('localhost', 8767, { replicas: 2 }),
    })
    expect(clash).toMatchObject({
      message: { message: 'Port 8768 belongs to a, and replica 2 needs it.' },
      remedy: { message: 'Use 8769: it and the ports up to 8770 are free.' },
    })
  })

  it('names the host where it is not this machine itself', () => {
    const [clash] = clashesOf({ a: ours('192.168.1.5'), b: ours('192.168.1.5') })
    expect(clash?.message.message).toBe('Port 8768 on 192.168.1.5 belongs to a.')
  })

  it('does not send an external backend to a port where another service is', () => {
    const [clash] = clashesOf({ a: ours('localhost'), b: external('localhost') })
    expect(clash?.remedy?.message).not.toMatch(/\d/)
  })

  it('refuses a pool that leads back to the gateway', () => {
    const hosts = ['lab-2:8768', '[::1]:8765']
    expect(clashesOf({ pool: { runtime: 'external', hosts } })).toMatchObject(
      [{ backend: 'pool', key: 'hosts', message: /8765 .* the gateway/ }].map((one) => ({
        ...one,
        message: { message: expect.stringMatching(one.message) as string },
      })),
    )
  })
})
