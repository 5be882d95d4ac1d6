/** Windows' GPU counters, with instance names from Microsoft's documentation, with and without nvidia-smi. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gpuReadingSchema } from '../../protocol/gpu.ts'
import { gpuBytesOf } from './gpu_bytes.ts'
import { fakeIo, nvidiaSmi, prints, type FakeMachine } from './testing/fake_machine.ts'
import {
  luidOfInstance,
  luidOfNumber,
  parseWindowsCounters,
  WINDOWS_SCRIPT,
} from './windows_counters.ts'
import { createWindowsReader } from './windows_reader.ts'
import { GIB, MIB } from '../../protocol/bytes.ts'

const POWERSHELL = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe'
const NVIDIA_SMI = 'C:\\Windows\\System32\\nvidia-smi.exe'
/** 53669 */
const CARD = 'luid_0x00000000_0x0000D1A5'
/** 54321 */
const INTEGRATED = 'luid_0x00000000_0x0000D431'
const SOFTWARE = 'luid_0x00000000_0x0000E000'
const NAME = 'NVIDIA GeForce RTX 4090'

const memory = (name: string, dedicated: number, shared = 0) => ({
  ...{ name, dedicated_bytes: `${dedicated}`, shared_bytes: `${shared}` },
})
const adapter = (luid: number, name: string, vendor_id: number, dedicated: number) => ({
  ...{ luid: `${luid}`, name, vendor_id },
  ...{ dedicated_bytes: `${dedicated}`, shared_bytes: `${16 * GIB}` },
})
const COUNTERS = {
  adapters: [
    adapter(53669, NAME, 0x10de, 24 * GIB),
    adapter(54321, 'Intel(R) UHD Graphics 770', 0x8086, 128 * MIB),
    adapter(0xe000, 'Microsoft Basic Render Driver', 0x1414, 0),
    adapter(1, 'A card of an earlier time', 0x1002, 8 * GIB),
  ],
  controllers: [{ name: NAME }, { name: 'Intel(R) UHD Graphics 770' }],
  adapter_memory: [
    memory(`${CARD}_phys_0`, 3 * GIB, 200 * MIB),
    memory(`${INTEGRATED}_phys_0`, 64 * MIB, 512 * MIB),
    memory(`${SOFTWARE}_phys_0`, 0),
  ],
  process_memory: [
    memory(`pid_1234_${CARD}_phys_0`, 2 * GIB, 100 * MIB),
    memory(`pid_1234_${INTEGRATED}_phys_0`, 1 * MIB, 9 * MIB),
    memory(`pid_1234_${SOFTWARE}_phys_0`, 5 * MIB),
    memory(`pid_88_${CARD}_phys_0`, 0),
    memory(`pid_0_${CARD}_phys_0`, 5 * MIB),
  ],
  engines: [
    { name: `pid_1234_${CARD}_phys_0_eng_0_engtype_3D`, percent: 30 },
    { name: `pid_88_${CARD}_phys_0_eng_0_engtype_3D`, percent: 25 },
    { name: `pid_88_${CARD}_phys_0_eng_5_engtype_Compute_0`, percent: 40 },
  ],
}
type Counters = typeof COUNTERS

async function readingOf(machine: FakeMachine) {
  const read = createWindowsReader(fakeIo(machine), 5000, 'C:\\Windows')
  const reading = { time: 0, ...(await read(new AbortController().signal)) }
  expect(gpuReadingSchema.safeParse(reading).error).toBeUndefined()
  return reading
}
const counting = (counters: Partial<Counters> = {}) => ({
  [POWERSHELL]: prints(JSON.stringify({ ...COUNTERS, ...counters })),
})
const smi = (apps: string, ...models: string[]) => ({
  [NVIDIA_SMI]: nvidiaSmi(
    models
      .map((model, n) => `GPU-${n}, 00000000:0${n}:00.0, 24564, 3100, 50, 61, ${model}, ${NAME}`)
      .join('\n'),
    apps,
  ),
})

describe('the counters', () => {
  it('tell each GPU but those of software and of earlier times', async () => {
    const { devices } = await readingOf({ commands: counting() })
    expect(devices).toMatchObject([
      {
        ...{ id: CARD.toLowerCase(), name: NAME, vendor: 'nvidia', memory: 'dedicated' },
        ...{ total_bytes: 24 * GIB, used_bytes: 3 * GIB, temperature_celsius: null },
      },
      {
        ...{ name: 'Intel(R) UHD Graphics 770', vendor: 'intel', memory: 'shared' },
        ...{ total_bytes: 16 * GIB + 128 * MIB, used_bytes: 576 * MIB, utilization_percent: 0 },
      },
    ])
  })
  it('tell the load of the busiest engine, over all processes', async () => {
    expect((await readingOf({ commands: counting() })).devices[0]?.utilization_percent).toBe(55)
  })
  it("add up a process's memory, shared memory only where the GPU works in it", async () => {
    const reading = await readingOf({ commands: counting() })
    expect(gpuBytesOf(reading, [1234])).toEqual({ bytes: 2 * GIB + 10 * MIB, reason: null })
  })
  it('are complete: a process without a counter uses 0 bytes', async () => {
    const reading = await readingOf({ commands: counting() })
    expect(gpuBytesOf(reading, [88])).toEqual({ bytes: 0, reason: null })
    expect(gpuBytesOf(reading, [4, 5])).toEqual({ bytes: 0, reason: null })
  })
  it('name the only GPU where the registry does not, and leave its memory unknown', async () => {
    const [memoryOfCard] = COUNTERS.adapter_memory
    const { devices } = await readingOf({
      commands: counting({
        ...{ adapters: [], controllers: [{ name: NAME }] },
        adapter_memory: memoryOfCard === undefined ? [] : [memoryOfCard],
      }),
    })
    expect(devices).toMatchObject([{ name: NAME, total_bytes: null, used_bytes: 3 * GIB }])
  })
  it('leave names unknown where they could be of any', async () => {
    const { devices } = await readingOf({ commands: counting({ adapters: [] }) })
    expect(devices.map(({ name }) => name)).toEqual([null, null, null])
  })
  it('that cannot be read leave all unknown, with the words of Windows', async () => {
    const reading = await readingOf({
      commands: { [POWERSHELL]: prints('', 1, 'Invalid class \r\n') },
    })
    expect(reading.no_gpu_reason?.message).toMatch(
      /^no GPU could be read: nvidia-smi is not installed; .*"Invalid class"; they need Windows 10/,
    )
    expect(gpuBytesOf(reading, [4]).bytes).toBeNull()
  })
  it('of nothing but software say that no GPU was found', async () => {
    const reading = await readingOf({ commands: counting({ adapter_memory: [] }) })
    expect(reading.no_gpu_reason?.message).toBe(
      'no GPU was found: nvidia-smi is not installed; Windows has no counters for any GPU',
    )
  })
  it('are refused where the answer is none of the script', () => {
    expect(() => parseWindowsCounters('')).toThrow(SyntaxError)
    expect(() => parseWindowsCounters('{"adapters":[]}')).toThrow(/adapter_memory/)
  })
})

describe('together with nvidia-smi', () => {
  it('a GPU has its temperature, and its processes the counters of Windows', async () => {
    const reading = await readingOf({
      commands: { ...counting(), ...smi('GPU-0, 1234, [N/A]', 'WDDM') },
    })
    expect(reading.devices).toHaveLength(2)
    expect(reading.devices[0]).toMatchObject({ temperature_celsius: 61, reasons: {} })
    expect(gpuBytesOf(reading, [1234])).toEqual({ bytes: 2 * GIB + 10 * MIB, reason: null })
  })
  it('two GPUs of one name keep their temperatures to themselves', async () => {
    const reading = await readingOf({ commands: { ...counting(), ...smi('', 'WDDM', 'WDDM') } })
    expect(reading.devices[0]).toMatchObject({
      temperature_celsius: null,
      reasons: { temperature_celsius: { message: expect.stringContaining('2 GPUs are named') } },
    })
  })
  it('a GPU under TCC is added, with the processes that nvidia-smi lists', async () => {
    const reading = await readingOf({
      commands: { ...counting(), ...smi('GPU-1, 1234, 100\nGPU-0, 1234, [N/A]', 'WDDM', 'TCC') },
    })
    expect(reading.devices.map(({ id }) => id)).toEqual([
      ...[CARD, INTEGRATED].map((id) => id.toLowerCase()),
      'pci:0000:01:00.0',
    ])
    expect(gpuBytesOf(reading, [1234])).toEqual({ bytes: 2 * GIB + 110 * MIB, reason: null })
    expect(gpuBytesOf(reading, [4])).toEqual({ bytes: 0, reason: null })
  })
  it('alone, nvidia-smi explains under WDDM why processes are unknown', async () => {
    const reading = await readingOf({ commands: smi('GPU-0, 1234, [N/A]', 'WDDM') })
    expect(reading.devices).toMatchObject([{ source: 'nvidia_smi', used_bytes: 3100 * MIB }])
    expect(reading.processes[0]?.reason?.message).toContain('WDDM')
    expect(gpuBytesOf(reading, [1234]).bytes).toBeNull()
    expect(gpuBytesOf(reading, [4]).bytes).toBeNull()
  })
})

describe('an adapter is known by its LUID', () => {
  it('in the name of any counter', () => {
    expect(luidOfInstance(`pid_1_${CARD}_phys_0_eng_3_engtype_VideoDecode`)).toBe(
      CARD.toLowerCase(),
    )
    expect(luidOfInstance(`${CARD}_phys_0`)).toBe(CARD.toLowerCase())
    expect(luidOfInstance('_Total')).toBeNull()
  })
  it('as one number or two', () => {
    const part = fc.integer({ min: 0, max: 0xffffffff })
    const hex = (n: number) => n.toString(16).padStart(8, '0')
    fc.assert(
      fc.property(part, part, (high, low) => {
        const number = (BigInt(high) << 32n) | BigInt(low)
        const luid = `luid_0x${hex(high)}_0x${hex(low)}`
        expect(luidOfNumber(`${number}`)).toBe(luid)
        expect(luidOfNumber(`${BigInt.asIntN(64, number)}`)).toBe(luid)
        expect(luidOfInstance(`pid_7_luid_0x${hex(high).toUpperCase()}_0x${hex(low)}_phys_0`)).toBe(
          luid,
        )
      }),
    )
  })
})

it('the sum of all rows is what the counters told', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pid: fc.integer({ min: 1, max: 5 }), bytes: fc.nat(1_000_000) })),
      (rows) => {
        const process_memory = rows.map(({ pid, bytes }) =>
          memory(`pid_${pid}_${CARD}_phys_0`, bytes),
        )
        const { processes } = parseWindowsCounters(JSON.stringify({ ...COUNTERS, process_memory }))
        const total = rows.reduce((sum, { bytes }) => sum + bytes, 0)
        expect(processes.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)).toBe(total)
        expect(new Set(processes.map(({ pid }) => pid)).size).toBe(processes.length)
      },
    ),
  )
})

it('the script holds no double quote, which a command line would have to escape', () => {
  expect(WINDOWS_SCRIPT).not.toContain('"')
})
