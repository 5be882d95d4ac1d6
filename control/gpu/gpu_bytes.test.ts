import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  gpuDeviceSchema,
  gpuProcessSchema,
  type GpuListing,
  type GpuProcess,
  type GpuReading,
} from '../../protocol/gpu.ts'
import { quoted } from '../../protocol/messages.ts'
import { deviceOf, known, unknown } from './value.ts'
import { gpuBytesOf } from './gpu_bytes.ts'

const row = (pid: number, bytes: number | null, source: GpuProcess['source'] = 'nvidia_smi') => ({
  ...{ pid, source, device_ids: ['a'], bytes },
  reason: bytes === null ? quoted(`${pid} is unknown`) : null,
})
const line = (source: GpuProcess['source'], processes: GpuListing) => ({
  ...{ source, ok: true, reason: null, processes },
  processes_reason:
    processes === 'some' || processes === 'unknown' ? quoted(`${source} reports little`) : null,
})
const reading = (sources: GpuReading['sources'], processes: GpuProcess[]): GpuReading => ({
  ...{ time: 0, devices: [], unified_memory: null, no_gpu_reason: null, sources, processes },
})

describe('the memory of a backend', () => {
  const smi = (listing: GpuListing) => line('nvidia_smi', listing)
  const cases: [
    title: string,
    reading: GpuReading,
    pids: number[],
    bytes: number | null,
    reason: RegExp,
  ][] = [
    [
      'is the sum over its processes',
      reading([smi('all')], [row(1, 5), row(2, 7), row(3, 9)]),
      [1, 2],
      12,
      /^$/,
    ],
    [
      'is the sum over the devices of one',
      reading([smi('all')], [row(1, 5), row(1, 7)]),
      [1],
      12,
      /^$/,
    ],
    ['counts no process twice', reading([smi('all')], [row(1, 5)]), [1, 1], 5, /^$/],
    ['is 0 for a process that a complete list lacks', reading([smi('all')], []), [1], 0, /^$/],
    [
      'is unknown for a process that a partial list lacks',
      reading([smi('some')], [row(2, 5)]),
      [1],
      null,
      /process 1 is not listed.*nvidia_smi reports little/,
    ],
    ['is known for a process on a partial list', reading([smi('some')], [row(1, 5)]), [1], 5, /^$/],
    [
      'is unknown where a source can tell nothing',
      reading([smi('unknown')], []),
      [1],
      null,
      /nvidia_smi reports little/,
    ],
    [
      'is unknown with one unknown process',
      reading([smi('all')], [row(1, 5), row(2, null)]),
      [1, 2],
      null,
      /2 is unknown/,
    ],
    [
      'is unknown where a second source may know of more',
      reading([smi('all'), line('drm_fdinfo', 'some')], [row(1, 5)]),
      [1],
      null,
      /drm_fdinfo reports little/,
    ],
    [
      'is the sum over both sources',
      reading([smi('some'), line('drm_fdinfo', 'some')], [row(1, 5), row(1, 2, 'drm_fdinfo')]),
      [1],
      7,
      /^$/,
    ],
    [
      'asks nothing of a source without GPUs',
      reading([smi('none'), line('windows_counters', 'all')], [row(1, 4, 'windows_counters')]),
      [1],
      4,
      /^$/,
    ],
    [
      'is unknown where no source reports processes',
      reading([smi('none')], []),
      [1],
      null,
      /no source reports/,
    ],
    ['is unknown without a process', reading([smi('all')], []), [], null, /no process runs/],
    [
      'is unknown without a GPU',
      { ...reading([], []), no_gpu_reason: quoted('no GPU was found') },
      [1],
      null,
      /^no GPU was found$/,
    ],
  ]
  it.each(cases)('%s', (_title, given, pids, bytes, reason) => {
    const answer = gpuBytesOf(given, pids)
    expect(answer.bytes).toBe(bytes)
    expect(answer.reason?.message ?? '').toMatch(reason)
  })

  it('has either bytes or a reason, and never less bytes with more processes', () => {
    const rows = fc.array(
      fc
        .tuple(fc.integer({ min: 1, max: 4 }), fc.option(fc.nat(1000)))
        .map(([pid, b]) => row(pid, b)),
    )
    const listing = fc.constantFrom<GpuListing>('all', 'some', 'unknown', 'none')
    const pids = fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1 })
    fc.assert(
      fc.property(rows, listing, pids, (processes, told, asked) => {
        const given = reading([smi(told)], processes)
        const all = gpuBytesOf(given, asked)
        expect((all.bytes === null) === (all.reason !== null)).toBe(true)
        const fewer = gpuBytesOf(given, asked.slice(0, 1))
        if (all.bytes !== null) expect(fewer.bytes).toBeLessThanOrEqual(all.bytes)
      }),
    )
  })
})

describe('the schema', () => {
  const device = deviceOf(
    { id: 'a', source: 'nvidia_smi', vendor: 'nvidia', memory: 'dedicated' },
    {
      ...{ name: known('x'), total_bytes: known(1), used_bytes: unknown(quoted('why')) },
      ...{ utilization_percent: known(0), temperature_celsius: known(-3) },
    },
  )
  it('takes a device whose unknown values have reasons', () => {
    expect(gpuDeviceSchema.safeParse(device).success).toBe(true)
  })
  it('refuses a value that is unknown without a reason, or known with one', () => {
    expect(gpuDeviceSchema.safeParse({ ...device, reasons: {} }).success).toBe(false)
    expect(gpuDeviceSchema.safeParse({ ...device, used_bytes: 0 }).success).toBe(false)
  })
  it('refuses the same of a process', () => {
    expect(gpuProcessSchema.safeParse(row(1, null)).success).toBe(true)
    expect(gpuProcessSchema.safeParse({ ...row(1, null), reason: null }).success).toBe(false)
    expect(gpuProcessSchema.safeParse({ ...row(1, 3), reason: quoted('why') }).success).toBe(false)
  })
})
