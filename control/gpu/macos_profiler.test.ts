/** Output of system_profiler for GPUs of Apple, AMD and Intel. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gpuReadingSchema } from '../../protocol/gpu.ts'
import { gpuBytesOf } from './gpu_bytes.ts'
import { parseProfiler, parseProfilerSize } from './macos_profiler.ts'
import { createMacosReader } from './macos_reader.ts'
import { fakeIo, prints, type FakeMachine } from './testing/fake_machine.ts'
import { MIB } from '../../protocol/bytes.ts'

const PROFILER = '/usr/sbin/system_profiler'
const profile = (...displays: object[]) => JSON.stringify({ SPDisplaysDataType: displays })
const M2 = {
  _name: 'kHW_AppleM2Item',
  spdisplays_mtlgpufamilysupport: 'spdisplays_metal3',
  spdisplays_ndrvs: [{ _name: 'Color LCD' }],
  spdisplays_vendor: 'sppci_vendor_Apple',
  sppci_bus: 'spdisplays_builtin',
  sppci_cores: '10',
  sppci_device_type: 'spdisplays_gpu',
  sppci_model: 'Apple M2',
}
const RADEON = {
  _name: 'kHW_AMDRadeonPro5500MItem',
  spdisplays_vendor: 'sppci_vendor_amd',
  spdisplays_vram: '8 GB',
  sppci_model: 'AMD Radeon Pro 5500M',
}
const UHD = {
  _name: 'kHW_IntelUHDGraphics630Item',
  spdisplays_vendor: 'Intel',
  spdisplays_vram_shared: '1536 MB',
  sppci_model: 'Intel UHD Graphics 630',
}

async function readingOf(machine: FakeMachine) {
  const read = createMacosReader(fakeIo(machine), 5000)
  const reading = { time: 0, ...(await read(new AbortController().signal)) }
  expect(gpuReadingSchema.safeParse(reading).error).toBeUndefined()
  return reading
}

describe('on Apple silicon', () => {
  it('memory is unified, and no amount of it is invented', async () => {
    const reading = await readingOf({ commands: { [PROFILER]: prints(profile(M2)) } })
    expect(reading.unified_memory?.message).toMatch(/share one memory/)
    expect(reading.devices).toMatchObject([
      {
        ...{ id: 'display:0', name: 'Apple M2', vendor: 'apple', memory: 'unified' },
        ...{ total_bytes: null, used_bytes: null, utilization_percent: null },
        reasons: {
          total_bytes: reading.unified_memory,
          utilization_percent: { message: expect.stringContaining('powermetrics') },
        },
      },
    ])
  })
  it('the memory of a process is unknown, with the reason', async () => {
    const reading = await readingOf({ commands: { [PROFILER]: prints(profile(M2)) } })
    expect(gpuBytesOf(reading, [100])).toMatchObject({
      bytes: null,
      reason: {
        message: expect.stringMatching(/^macOS does not report how much GPU memory a process uses/),
      },
    })
  })
})

describe('on an Intel Mac', () => {
  it('cards have dedicated memory and processors a share', async () => {
    const reading = await readingOf({ commands: { [PROFILER]: prints(profile(UHD, RADEON)) } })
    expect(reading.unified_memory).toBeNull()
    expect(reading.devices).toMatchObject([
      { id: 'display:0', vendor: 'intel', memory: 'shared', total_bytes: 1536 * MIB },
      { id: 'display:1', vendor: 'amd', memory: 'dedicated', total_bytes: 8192 * MIB },
    ])
  })
  it('memory in unknown words is unknown', () => {
    const [device] = parseProfiler(profile({ ...RADEON, spdisplays_vram: 'plenty' }))
    expect(device).toMatchObject({
      total_bytes: null,
      reasons: { total_bytes: { message: expect.stringContaining('"plenty"') } },
    })
  })
})

it('a virtual machine without a GPU reports that', async () => {
  const reading = await readingOf({ commands: { [PROFILER]: prints(profile()) } })
  expect(reading.no_gpu_reason?.message).toBe('no GPU was found: system_profiler lists no GPU')
})
it.each([
  ['fails', prints('', 64, 'no such type\n'), /exit code 64: "no such type"/],
  ['answers something else', prints('<plist/>'), /could be read: .*JSON/],
])('a profiler that %s is reported', async (_title, command, words) => {
  const reading = await readingOf({ commands: { [PROFILER]: command } })
  expect(reading.no_gpu_reason?.message).toMatch(words)
})
it('a missing profiler is reported', async () => {
  expect((await readingOf({})).no_gpu_reason?.message).toMatch(/system_profiler is missing/)
})
it('sizes are whole bytes', () => {
  fc.assert(
    fc.property(fc.nat(100_000), (count) => {
      expect(parseProfilerSize(`${count} MB`)).toBe(count * MIB)
      expect(parseProfilerSize(`${count} GB`)).toBe(count * 1024 * MIB)
    }),
  )
  expect(parseProfilerSize('1.5 GB')).toBe(1536 * MIB)
})
it('other words are not a size', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/(MB|GB)\s*$/.test(text))
      expect(parseProfilerSize(text)).toBeNull()
    }),
  )
})
