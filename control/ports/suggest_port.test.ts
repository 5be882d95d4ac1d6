import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BACKEND_PORTS } from '../../protocol/config.ts'
import { readPortRules, type PortRules } from './port_rules.ts'
import { suggestPort } from './suggest_port.ts'

const RULES: PortRules = {
  unprivilegedFrom: 1024,
  unprivilegedSetting: '',
  excluded: [],
  outgoing: null,
  reserved: [],
}
const { first, last } = BACKEND_PORTS
const preferred = Array.from({ length: last - first + 1 }, (_, index) => first + index)
const suggest = (taken: Iterable<number>, codes: ReadonlyMap<number, string>, rules = RULES) =>
  suggestPort(
    { address: '127.0.0.1', taken: new Set(taken), rules },
    { tryBind: (_address, port) => Promise.resolve(codes.get(port) ?? null) },
  )

describe('suggestPort', () => {
  it('is the first of 8766-8999 that is neither taken, refused nor kept', async () => {
    const ports = fc.uniqueArray(fc.constantFrom(...preferred), { maxLength: 230 })
    await fc.assert(
      fc.asyncProperty(ports, ports, ports, async (taken, inUse, kept) => {
        const rules = { ...RULES, excluded: kept.map((port) => ({ first: port, last: port })) }
        const codes = new Map(inUse.map((port) => [port, 'EADDRINUSE']))
        const unfit = new Set([...taken, ...inUse, ...kept])
        const expected = preferred.find((port) => !unfit.has(port))
        expect(await suggest(taken, codes, rules)).toBe(expected ?? 1024)
      }),
    )
  })

  it('goes on with 1024-65535 when 8766-8999 is full', async () => {
    expect(await suggest(preferred, new Map())).toBe(1024)
    expect(await suggest([...preferred, 1024], new Map([[1025, 'EACCES']]))).toBe(1026)
  })

  it('is nothing when no port is left', async () => {
    const all = Array.from({ length: 65_536 }, (_, port) => port)
    expect(await suggest(all, new Map())).toBeNull()
  })

  it('gives up immediately when the address itself is refused', async () => {
    const tried: number[] = []
    const tryBind = (_address: string, port: number) => {
      tried.push(port)
      return Promise.resolve('EADDRNOTAVAIL')
    }
    const wish = { address: '192.0.2.1', taken: new Set<number>(), rules: RULES }
    expect(await suggestPort(wish, { tryBind })).toBeNull()
    expect(tried).toEqual([first])
  })
})

describe('readPortRules', () => {
  it('takes the defaults of Linux where its settings cannot be read', async () => {
    const io = { readText: () => Promise.reject(new Error('hidden')) }
    expect(await readPortRules('linux', '127.0.0.1', io as never)).toMatchObject({
      unprivilegedFrom: 1024,
      outgoing: null,
      reserved: [],
    })
  })
})
