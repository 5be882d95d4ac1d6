/** Files in /sys with contents from the kernel's amdgpu and hwmon documentation. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gpuDeviceSchema } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import { canCompute, describeCard, parseUevent, type CardFiles } from './drm_sysfs.ts'
import { known, unknown } from './value.ts'
import { findPciName } from './pci_names.ts'

const missing = unknown(message('gpu.driver_no_file', { file: 'vendor' }))
const NAVI: CardFiles = {
  card: 'card1',
  nodes: ['card1', 'renderD128'],
  uevent: known(
    'DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:73BF\nPCI_SUBSYS_ID=1002:0E3A\nPCI_SLOT_NAME=0000:03:00.0\nMODALIAS=pci:v\n',
  ),
  vendor: known('0x1002\n'),
  productName: missing,
  vramTotal: known('17163091968\n'),
  vramUsed: known('1234567168\n'),
  busyPercent: known('37\n'),
  temperature: known('54000\n'),
}
const INTEL: CardFiles = {
  ...NAVI,
  card: 'card0',
  uevent: known('DRIVER=i915\nPCI_ID=8086:46A6\nPCI_SLOT_NAME=0000:00:02.0\n'),
  vendor: known('0x8086\n'),
  vramTotal: missing,
  vramUsed: missing,
  busyPercent: missing,
  temperature: unknown(message('gpu.driver_no_sensor')),
}
const nameless = () => null

describe('a card', () => {
  it('of AMD is listed with all its values', () => {
    const { device, ...card } = describeCard(NAVI, () => 'AMD Navi 21')
    expect(card).toMatchObject({ driver: 'amdgpu', pciId: '1002:73bf' })
    expect(device).toEqual({
      ...{ id: 'pci:0000:03:00.0', source: 'drm_sysfs', vendor: 'amd', memory: 'dedicated' },
      ...{ name: 'AMD Navi 21', total_bytes: 17163091968, used_bytes: 1234567168 },
      ...{ utilization_percent: 37, temperature_celsius: 54, reasons: {} },
    })
  })
  it('of an Intel processor shares the memory of the machine, and its values are unknown', () => {
    expect(describeCard(INTEL, nameless).device).toMatchObject({
      ...{ id: 'pci:0000:00:02.0', vendor: 'intel', memory: 'shared', total_bytes: null },
      reasons: {
        name: { message: expect.stringContaining('8086:46a6') },
        used_bytes: { code: 'gpu.driver_no_file' },
        temperature_celsius: { code: 'gpu.driver_no_sensor' },
      },
    })
  })
  it('on another bus is known by its number', () => {
    const files = { ...INTEL, uevent: known('DRIVER=v3d\nOF_NAME=gpu\n'), vendor: missing }
    expect(describeCard(files, nameless).device).toMatchObject({
      ...{ id: 'drm:card0', vendor: 'other', memory: 'unknown' },
      reasons: { name: { message: expect.stringContaining('not on the PCI bus') } },
    })
  })
  it('whose driver names it goes by that name', () => {
    const files = { ...NAVI, productName: known('AMD Instinct MI210\n') }
    expect(describeCard(files, () => 'by number').device.name).toBe('AMD Instinct MI210')
  })
  it('has no load of 300 percent and no memory below 0', () => {
    const files = { ...NAVI, busyPercent: known('300'), vramUsed: known('-5') }
    expect(describeCard(files, nameless).device).toMatchObject({
      utilization_percent: null,
      used_bytes: null,
    })
  })
  it('is made of any text in a way that the schema takes', () => {
    const file = fc.oneof(
      fc.string().map(known),
      fc.integer().map((n) => known(`${n}\n`)),
    )
    fc.assert(
      fc.property(
        file,
        file,
        file,
        file,
        file,
        (uevent, vramTotal, vramUsed, busyPercent, temperature) => {
          const files = { ...NAVI, uevent, vramTotal, vramUsed, busyPercent, temperature }
          expect(
            gpuDeviceSchema.safeParse(describeCard(files, nameless).device).error,
          ).toBeUndefined()
        },
      ),
    )
  })
})

it('a card without a render node only shows pictures', () => {
  expect(canCompute(['card0'])).toBe(false)
  expect(canCompute(['card0', 'renderD128'])).toBe(true)
})

it('a uevent file is lines of key and value', () => {
  expect([...parseUevent('A=1\nB=x=y\n\nnonsense\n')]).toEqual([
    ['A', '1'],
    ['B', 'x=y'],
  ])
})

describe('a name by PCI numbers', () => {
  const PCI_IDS = [
    '# List of PCI IDs',
    '1002  Advanced Micro Devices, Inc. [AMD/ATI]',
    '\t73bf  Navi 21 [Radeon RX 6800]',
    '\t\t1002 0e3a  Reference board',
    '\t744c  Navi 31',
    '8086  Intel Corporation',
    '\t73bf  Not the one',
    'C 03  Display controller',
    '',
  ].join('\n')
  it.each([
    ['1002:73bf', 'Advanced Micro Devices, Inc. [AMD/ATI] Navi 21 [Radeon RX 6800]'],
    ['1002:744c', 'Advanced Micro Devices, Inc. [AMD/ATI] Navi 31'],
    ['8086:73bf', 'Intel Corporation Not the one'],
    ['8086:744c', null],
    ['10de:2684', null],
  ])('%s is %s', (id, name) => {
    expect(findPciName(PCI_IDS, id)).toBe(name)
  })
})
