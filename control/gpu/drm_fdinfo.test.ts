/** The kernel's client statistics, with examples of its documentation (gpu/drm-usage-stats, gpu/xe). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinctClients, parseDrmFdinfo, parseDrmSize, type DrmClient } from './drm_fdinfo.ts'

const KIB = 1024
const fdinfo = (lines: Record<string, string>) =>
  Object.entries({ pos: '0', flags: '02100002', mnt_id: '26', ino: '284', ...lines })
    .map(([key, value]) => `${key}:\t${value}`)
    .join('\n')

const XE = fdinfo({
  'drm-driver': 'xe',
  'drm-client-id': '3',
  'drm-pdev': '0000:03:00.0',
  'drm-total-system': '0',
  'drm-resident-system': '0',
  'drm-total-gtt': '192 KiB',
  'drm-resident-gtt': '192 KiB',
  'drm-total-vram0': '23992 KiB',
  'drm-shared-vram0': '16 MiB',
  'drm-active-vram0': '0',
  'drm-resident-vram0': '23992 KiB',
  'drm-total-stolen': '0',
  'drm-cycles-rcs': '28257900',
  'drm-engine-capacity-ccs': '4',
})
const I915 = fdinfo({
  'drm-driver': 'i915',
  'drm-client-id': '39',
  'drm-pdev': '0000:00:02.0',
  'drm-total-system0': '6044 KiB',
  'drm-resident-system0': '6000 KiB',
  'drm-total-stolen-system0': '0',
  'drm-resident-stolen-system0': '0',
  'drm-engine-render': '346249 ns',
})
const OLD_AMDGPU = fdinfo({
  'drm-driver': 'amdgpu',
  'drm-pdev': '0000:C5:00.0',
  'drm-memory-vram': '524288 KiB',
  'drm-memory-gtt': '2048 KiB',
  'drm-memory-cpu': '0 KiB',
})

describe('the memory of a client', () => {
  const cases: [title: string, text: string, bytes: number][] = [
    ['is that on the card where there is any (xe)', XE, 23992 * KIB],
    ["is the machine's where the GPU has none (i915)", I915, 6000 * KIB],
    ['is reported by older kernels too (amdgpu)', OLD_AMDGPU, 524288 * KIB],
    [
      'is the requested memory where nothing else is reported',
      fdinfo({ 'drm-driver': 'v3d', 'drm-total-memory': '3 MiB' }),
      3 * 1024 * KIB,
    ],
    [
      'is counted once where old and new names report it',
      fdinfo({
        'drm-driver': 'amdgpu',
        'drm-resident-vram': '10 KiB',
        'drm-memory-vram': '9 KiB',
        'drm-total-vram': '12 KiB',
      }),
      10 * KIB,
    ],
    [
      'is summed over the parts of a card',
      fdinfo({ 'drm-driver': 'xe', 'drm-resident-vram0': '1 KiB', 'drm-resident-vram1': '2 KiB' }),
      3 * KIB,
    ],
  ]
  it.each(cases)('%s', (_title, text, bytes) => {
    expect(parseDrmFdinfo(text)?.bytes).toEqual({ value: bytes })
  })
  it('is unknown where the driver reports none', () => {
    const text = fdinfo({ 'drm-driver': 'amdgpu', 'drm-engine-gfx': '1 ns' })
    expect(parseDrmFdinfo(text)?.bytes).toMatchObject({
      reason: { message: expect.stringContaining('amdgpu') },
    })
  })
  it('is unknown where a value is none', () => {
    const text = fdinfo({ 'drm-driver': 'xe', 'drm-resident-vram0': 'many' })
    expect(parseDrmFdinfo(text)?.bytes).toMatchObject({
      reason: { message: expect.stringContaining('"many"') },
    })
  })
})

it('a file of another kind is not a client', () => {
  expect(parseDrmFdinfo(fdinfo({ 'eventfd-count': '0' }))).toBeNull()
  expect(parseDrmFdinfo('')).toBeNull()
})
it('an address is written as sysfs writes it', () => {
  expect(parseDrmFdinfo(OLD_AMDGPU)).toMatchObject({ pdev: '0000:c5:00.0', clientId: null })
})
it('no text breaks the parser', () => {
  const line = fc.tuple(
    fc.constantFrom('drm-driver', 'drm-pdev', 'drm-resident-vram', 'drm-total-', 'drm-', 'x'),
    fc.constantFrom(':', ': ', ':\t', ''),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const client = parseDrmFdinfo(lines.map((parts) => parts.join('')).join('\n'))
      if (client !== null && 'value' in client.bytes) {
        expect(client.bytes.value).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

describe('a size', () => {
  it('is a whole number with a unit, or bytes without', () => {
    const units = { '': 1, ' KiB': KIB, ' MiB': KIB ** 2, ' GiB': KIB ** 3 }
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
        (count, unit) => {
          expect(parseDrmSize(`${count}${unit}`)).toBe(count * units[unit])
        },
      ),
    )
  })
  it.each(['', '-1', '1 TB', '1.5 KiB', '99999999999999999 GiB', '12 kib'])(
    'is not "%s"',
    (text) => {
      expect(parseDrmSize(text)).toBeNull()
    },
  )
})

describe('clients', () => {
  const client = (clientId: string | null, pdev = '0000:03:00.0'): DrmClient => ({
    ...{ driver: 'amdgpu', pdev, clientId },
    bytes: { value: 1 },
  })
  it('with several open files count once', () => {
    expect(distinctClients([client('7'), client('7'), client('8')])).toHaveLength(2)
  })
  it('of two devices may bear the same number', () => {
    expect(distinctClients([client('7'), client('7', '0000:04:00.0')])).toHaveLength(2)
  })
  it('without a number count each', () => {
    expect(distinctClients([client(null), client(null)])).toHaveLength(2)
  })
  it('are as many as their numbers, in any order and number of copies', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('1', '2', '3', '4')), (ids) => {
        const distinct = distinctClients(ids.map((id) => client(id)))
        expect(distinct.map(({ clientId }) => clientId)).toEqual([...new Set(ids)])
      }),
    )
  })
})
