/** Output of nvidia-smi, as in its manual and NVML's reference. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gpuDeviceSchema } from '../../protocol/gpu.ts'
import {
  appBytes,
  deviceIdOfBus,
  explainNvidiaFailure,
  parseNvidiaApps,
  parseNvidiaGpus,
} from './nvidia_smi.ts'
import { MIB } from '../../protocol/bytes.ts'

const UUID = 'GPU-5a2d3f10-8a11-4c3c-9a2f-000000000001'
const gpuLine = (fields: Partial<Record<'total' | 'used' | 'busy' | 'heat' | 'name', string>>) =>
  [
    ...[UUID, '00000000:01:00.0', fields.total ?? '24564', fields.used ?? '812'],
    ...[fields.busy ?? '7', fields.heat ?? '41', '[N/A]', fields.name ?? 'NVIDIA GeForce RTX 4090'],
  ].join(', ')

describe('a device', () => {
  it('has its memory in bytes', () => {
    const [gpu] = parseNvidiaGpus(`${gpuLine({})}\n`)
    expect(gpu).toMatchObject({ uuid: UUID, driverModel: null })
    expect(gpu?.device).toEqual({
      ...{ id: 'pci:0000:01:00.0', source: 'nvidia_smi', vendor: 'nvidia', memory: 'dedicated' },
      ...{ name: 'NVIDIA GeForce RTX 4090', total_bytes: 24564 * MIB, used_bytes: 812 * MIB },
      ...{ utilization_percent: 7, temperature_celsius: 41, reasons: {} },
    })
  })

  const unknownTexts = ['[N/A]', 'N/A', '[Not Supported]', '[Unknown Error]', '[GPU is lost]', '']
  it.each(unknownTexts)('has null, and never 0, where nvidia-smi answers "%s"', (text) => {
    const [gpu] = parseNvidiaGpus(gpuLine({ total: text, used: text, busy: text, heat: text }))
    expect(gpu?.device).toMatchObject({
      ...{ total_bytes: null, used_bytes: null, utilization_percent: null },
      ...{ temperature_celsius: null, memory: 'unknown' },
    })
    expect(gpu?.device.reasons.used_bytes?.message).toContain(text === '' ? 'nothing' : `"${text}"`)
    expect(gpuDeviceSchema.safeParse(gpu?.device).success).toBe(true)
  })

  it('may bear a name with a comma', () => {
    const [gpu] = parseNvidiaGpus(gpuLine({ name: 'Graphics Device, rev. B' }))
    expect(gpu?.device.name).toBe('Graphics Device, rev. B')
  })

  it('is refused with the line quoted when fields are missing', () => {
    expect(() => parseNvidiaGpus('Field "uuid" is not a valid field to query.')).toThrow(
      /an unexpected line: .*not a valid field/,
    )
  })

  it('keeps any whole numbers', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            total: fc.nat(10_000_000),
            used: fc.nat(10_000_000),
            busy: fc.nat(100),
            heat: fc.integer({ min: -40, max: 120 }),
          }),
        ),
        (gpus) => {
          const csv = gpus
            .map(({ total, used, busy, heat }) =>
              gpuLine({ total: `${total}`, used: `${used}`, busy: `${busy}`, heat: `${heat}` }),
            )
            .join('\r\n')
          expect(
            parseNvidiaGpus(csv).map(({ device }) => [
              device.total_bytes,
              device.used_bytes,
              device.utilization_percent,
              device.temperature_celsius,
            ]),
          ).toEqual(
            gpus.map(({ total, used, busy, heat }) => [total * MIB, used * MIB, busy, heat]),
          )
        },
      ),
    )
  })

  it('is made of any text in a way that the schema takes', () => {
    const field = fc.string().filter((text) => !/[,\n\r]/.test(text))
    fc.assert(
      fc.property(field, field, field, field, (total, used, busy, heat) => {
        for (const { device } of parseNvidiaGpus(gpuLine({ total, used, busy, heat }))) {
          expect(gpuDeviceSchema.safeParse(device).error).toBeUndefined()
        }
      }),
    )
  })
})

describe('the address of a device', () => {
  it.each([
    ['00000000:01:00.0', 'pci:0000:01:00.0'],
    ['00000000:C1:00.0', 'pci:0000:c1:00.0'],
    ['00010000:3B:00.0', 'pci:10000:3b:00.0'],
    ['[N/A]', null],
  ])('%s is %s in sysfs', (busId, id) => {
    expect(deviceIdOfBus(busId)).toBe(id)
  })
})

describe('the processes', () => {
  it('are read with their device', () => {
    expect(parseNvidiaApps(`${UUID}, 4711, 1536\n${UUID}, 4712, [N/A]\n`)).toMatchObject([
      { uuid: UUID, pid: 4711, bytes: { value: 1536 * MIB } },
      { uuid: UUID, pid: 4712, bytes: { reason: { message: expect.stringContaining('[N/A]') } } },
    ])
  })
  it.each(['', '\n', 'No running processes found\n'])('are none in %j', (csv) => {
    expect(parseNvidiaApps(csv)).toEqual([])
  })
  it('are refused where the number of a process is none', () => {
    expect(() => parseNvidiaApps(`${UUID}, -, 12`)).toThrow(/an unexpected line/)
  })
  it.each(['wddm', 'mcdm'] as const)(
    'of Windows under %s are unknown for the right reason',
    (model) => {
      const [app] = parseNvidiaApps(`${UUID}, 4711, [N/A]`)
      expect(app && appBytes(app, model)).toMatchObject({
        reason: { message: expect.stringContaining('WDDM') },
      })
      expect(app && appBytes(app, 'tcc')).toMatchObject({
        reason: { message: expect.stringContaining('[N/A]') },
      })
    },
  )
})

describe('a failure', () => {
  const cases: [
    title: string,
    output: string,
    code: number | null,
    state: string,
    words: RegExp,
  ][] = [
    [
      'of a driver that was updated',
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.126\n',
      18,
      'failed',
      /exit code 18: "Failed to initialize NVML.*580\.126".*restart the computer/,
    ],
    [
      'of a driver that is not loaded',
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure it runs.\n",
      9,
      'failed',
      /exit code 9.*not loaded/,
    ],
    [
      'with words unknown to us',
      'Something else\n',
      255,
      'failed',
      /exit code 255: "Something else"$/,
    ],
    ['without words', '', null, 'failed', /was killed by a signal$/],
    ['without a device', 'No devices were found\n', 6, 'absent', /found no NVIDIA GPU/],
  ]
  it.each(cases)('%s is explained', (_title, output, code, state, words) => {
    const failure = explainNvidiaFailure(output, code)
    expect(failure.state).toBe(state)
    expect(failure.reason.message).toMatch(words)
  })
})
