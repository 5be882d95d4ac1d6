import { describe, expect, test } from 'vitest'
import type { BackendView } from '../../../protocol/control.ts'
import { gpuReadingSchema, type GpuReading } from '../../../protocol/gpu.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { isAllOnCpu, otherBytes, ramSum, sharesOn } from './memory_shares.ts'
import { lastStopOf, stopText } from './stop_text.ts'
import { MIB } from '../../../protocol/bytes.ts'
import { message } from '../../../protocol/messages.ts'

const emotion = aBackend({ name: 'emotion', pid: 1, gpu_bytes: 1204 * MIB, gpu_reason: null })
const eeg = aBackend({ name: 'eeg', pid: 2, gpu_bytes: null, gpu_reason: 'runs on CPU' })

const device = (id: string, used: number | null = 6190 * MIB) => ({
  id,
  source: 'nvidia_smi' as const,
  vendor: 'nvidia' as const,
  memory: 'dedicated' as const,
  name: 'a card',
  total_bytes: 16_376 * MIB,
  used_bytes: used,
  utilization_percent: 47,
  temperature_celsius: 61,
  reasons: used === null ? { used_bytes: message('gpu.macos_memory') } : {},
})
const reading = (differing: Partial<GpuReading> = {}): GpuReading =>
  gpuReadingSchema.parse({
    time: TEST_EPOCH,
    devices: [device('a')],
    processes: [],
    sources: [],
    unified_memory: null,
    no_gpu_reason: null,
    ...differing,
  })
const sharesOf = (given: GpuReading, index = 0) => {
  const [one] = given.devices.slice(index)
  if (!one) throw new Error(`no device ${index}`)
  return sharesOn(one, given, [emotion, eeg])
}

describe('on a device', () => {
  test('a backend holds what it holds in all, when there is no other device', () => {
    expect(sharesOf(reading())).toEqual([{ name: 'emotion', bytes: 1204 * MIB }])
  })
  test('of several, a backend holds what a row names for this one alone', () => {
    const row = { source: 'nvidia_smi' as const, reason: null }
    const several = reading({
      devices: [device('a'), device('b')],
      processes: [
        { ...row, pid: 1, device_ids: ['b'], bytes: 100 },
        { ...row, pid: 2, device_ids: ['a', 'b'], bytes: 900 },
      ],
    })
    expect(sharesOf(several, 0)).toEqual([])
    expect(sharesOf(several, 1)).toEqual([{ name: 'emotion', bytes: 100 }])
  })
  test('others hold the rest, and nobody knows it when the whole is not known', () => {
    const shares = [{ name: 'emotion', bytes: 1204 * MIB }]
    expect(otherBytes(device('a'), shares)).toBe(4986 * MIB)
    expect(otherBytes(device('a', null), shares)).toBeNull()
    expect(otherBytes(device('a', 1000 * MIB), shares)).toBe(0)
  })
})

describe('the RAM of all', () => {
  test('is a lower bound while one of them is not known', () => {
    const blind = aBackend({ name: 'asr', pid: 3, rss_bytes: null })
    const off = aBackend({ name: 'pose', pid: null, rss_bytes: null })
    const sum = ramSum(aPlane({ rss_bytes: 100 }), [aBackend({ rss_bytes: 50 }), blind, off])
    expect([sum.bytes, sum.unknown]).toEqual([150, ['asr']])
  })
})

test.each([
  ['CPU', true],
  [null, true],
  ['CUDA', false],
])('a backend on %s: all on the CPU is %s', (provider, expected) => {
  expect(isAllOnCpu([aBackend({ provider })])).toBe(expected)
  expect(isAllOnCpu([aBackend({ provider, pid: null })])).toBe(true)
})

describe('a stop', () => {
  const words = (differing: Partial<BackendView>, gpus: GpuReading | null = null) => {
    const { heading, text } = stopText(aBackend({ ...emotion, ...differing }), gpus, TEST_EPOCH)
    return `${heading} ${text}`
  }
  const lastStop = {
    time: TEST_EPOCH,
    ram_bytes: 158 * MIB,
    ram_reason: null,
    gpu_bytes: null,
    gpu_reason: 'runs on CPU',
    leftover_pids: [],
    port_free: true,
    port_reason: null,
    sentence: 'freed 158 MiB RAM; port 8768 is free',
  }
  test('would return what is held now', () => {
    expect(words({ rss_bytes: 158 * MIB })).toBe(
      'Stopping emotion frees about 158 MiB RAM, and 1,204 MiB GPU memory.',
    )
  })
  test('shows the remaining memory of a single device, and nothing for several', () => {
    expect(words({}, reading())).toContain('1,204 MiB GPU memory (6,190 → 4,986 MiB).')
    expect(words({}, reading({ devices: [device('a'), device('b')] }))).not.toContain('→')
    expect(words({}, reading({ devices: [device('a', null)] }))).not.toContain('→')
  })
  test('names the reason of what is not known', () => {
    expect(words({ rss_bytes: null, gpu_bytes: null, gpu_reason: 'runs on CPU' })).toBe(
      'Stopping emotion frees an unknown amount of RAM.',
    )
  })
  test('has returned what was measured', () => {
    expect(words({ pid: null, last_stop: lastStop })).toBe(
      'emotion stopped at 14:00:00: Freed 158 MiB RAM; port 8768 is free.',
    )
  })
  test('promises nothing without a process, and nothing of what is not ours', () => {
    expect(words({ pid: null })).toContain('is measured when it stops')
    expect(words({ runtime: 'external' })).toContain('does not stop it')
  })
  test('of before is the newest on record of this backend', () => {
    const stop = { time: TEST_EPOCH, kind: 'stop', level: 'info', message: 'returned' } as const
    const events = [
      { ...stop, seq: 1, backend: 'emotion' },
      { ...stop, seq: 2, backend: 'emotion' },
      { ...stop, seq: 3, backend: 'eeg' },
    ]
    expect(lastStopOf(events, 'emotion')?.seq).toBe(2)
    expect(lastStopOf(events, 'pose')).toBeUndefined()
  })
})
