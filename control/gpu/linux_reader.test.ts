/** Readings of whole Linux machines. */
import { describe, expect, it } from 'vitest'
import { gpuReadingSchema } from '../../protocol/gpu.ts'
import { gpuBytesOf } from './gpu_bytes.ts'
import { createLinuxReader } from './linux_reader.ts'
import { fakeIo, nvidiaSmi, prints, type FakeMachine } from './testing/fake_machine.ts'
import { MIB } from '../../protocol/bytes.ts'

const UUID = 'GPU-1'
const GPU_CSV = `${UUID}, 00000000:01:00.0, 24564, 3000, 12, 50, [N/A], NVIDIA L4\n`
const NVIDIA_FILES = { '/proc/100/fd/4': '/dev/nvidiactl', '/proc/100/fd/5': '/dev/nvidia0' }
const AMD_CARD = {
  '/sys/class/drm/version': 'drm 1.1.0 20060810',
  '/sys/class/drm/card0-DP-1/status': 'connected\n',
  '/sys/class/drm/card0/device/drm/card0/dev': '226:0\n',
  '/sys/class/drm/card0/device/drm/renderD128/dev': '226:128\n',
  '/sys/class/drm/card0/device/uevent':
    'DRIVER=amdgpu\nPCI_ID=1002:73BF\nPCI_SLOT_NAME=0000:03:00.0\n',
  '/sys/class/drm/card0/device/vendor': '0x1002\n',
  '/sys/class/drm/card0/device/mem_info_vram_total': '17163091968\n',
  '/sys/class/drm/card0/device/mem_info_vram_used': '1234567168\n',
  '/sys/class/drm/card0/device/gpu_busy_percent': '3\n',
  '/sys/class/drm/card0/device/hwmon/hwmon4/temp1_input': '41000\n',
  '/usr/share/misc/pci.ids': '1002  AMD\n\t73bf  Navi 21\n',
}
const amdClient = (id: string, vram: string) =>
  `drm-driver:\tamdgpu\ndrm-pdev:\t0000:03:00.0\ndrm-client-id:\t${id}\ndrm-resident-vram:\t${vram}\n`

async function readingOf(machine: FakeMachine, pids: number[] = []) {
  const io = fakeIo(machine)
  const found = await createLinuxReader(io, 5000, () => pids)(new AbortController().signal)
  const reading = { time: 0, ...found }
  expect(gpuReadingSchema.safeParse(reading).error).toBeUndefined()
  return { reading, io }
}

describe('a machine without a GPU', () => {
  it('reports what was looked for', async () => {
    const { reading } = await readingOf({}, [100])
    expect(reading.no_gpu_reason?.message).toBe(
      'no GPU was found: nvidia-smi is not installed; /sys/class/drm has no card',
    )
    expect(reading).toMatchObject({ devices: [], processes: [], unified_memory: null })
    expect(gpuBytesOf(reading, [100])).toEqual({ bytes: null, reason: reading.no_gpu_reason })
  })
  it('may have a chip for its console, which is none', async () => {
    const { reading } = await readingOf({
      files: {
        '/sys/class/drm/card0/device/drm/card0/dev': '226:0\n',
        '/sys/class/drm/card0/device/uevent': 'DRIVER=ast\n',
      },
    })
    expect(reading.no_gpu_reason?.message).toMatch(
      /was found: .*only cards without a render node: card0/,
    )
  })
  it('is not claimed where the driver is broken', async () => {
    const mismatch = prints('Failed to initialize NVML: Driver/library version mismatch\n', 18)
    const { reading } = await readingOf({ commands: { 'nvidia-smi': mismatch } }, [100])
    expect(reading.no_gpu_reason?.message).toMatch(/^no GPU could be read: .*restart the computer/)
    expect(reading.sources[0]).toMatchObject({ ok: false, processes: 'unknown' })
  })
})

describe("with NVIDIA's driver", () => {
  const machine = (apps: string, links: Record<string, string>): FakeMachine => ({
    commands: { 'nvidia-smi': nvidiaSmi(GPU_CSV, apps) },
    links: { '/proc/100/fd/0': '/dev/null', ...links },
  })
  it('a process that computes has its bytes', async () => {
    const { reading } = await readingOf(machine(`${UUID}, 100, 512\n`, NVIDIA_FILES), [100])
    expect(reading.devices).toMatchObject([{ id: 'pci:0000:01:00.0', used_bytes: 3000 * MIB }])
    expect(gpuBytesOf(reading, [100])).toEqual({ bytes: 512 * MIB, reason: null })
  })
  it('a process that has no GPU open uses 0 bytes', async () => {
    const { reading } = await readingOf(machine(`${UUID}, 7, 512\n`, {}), [100])
    expect(gpuBytesOf(reading, [100])).toEqual({ bytes: 0, reason: null })
    expect(reading.processes).toContainEqual(expect.objectContaining({ pid: 7, bytes: 512 * MIB }))
  })
  it('a process that draws, or is in a container, is unknown', async () => {
    const { reading } = await readingOf(machine('', NVIDIA_FILES), [100])
    expect(gpuBytesOf(reading, [100])).toMatchObject({
      bytes: null,
      reason: {
        message: expect.stringMatching(
          /process 100 has an NVIDIA GPU open.*only processes that compute/,
        ),
      },
    })
  })
  it('a number of outside our container is not taken for our process', async () => {
    const { reading } = await readingOf(machine(`${UUID}, 100, 512\n`, {}), [100])
    expect(gpuBytesOf(reading, [100])).toEqual({ bytes: 0, reason: null })
  })
  it('a process that was not looked into and is not listed is unknown', async () => {
    const { reading } = await readingOf(machine('', {}), [])
    expect(gpuBytesOf(reading, [100]).reason?.message).toMatch(/100 is not listed.*not complete/)
  })
  it('a process of another user is unknown', async () => {
    const { reading } = await readingOf(
      { ...machine('', {}), files: { '/proc/100/fd': { code: 'EACCES' } } },
      [100],
    )
    expect(gpuBytesOf(reading, [100]).reason?.message).toMatch(/belongs to another user/)
  })
  it('a process that has ended is unknown', async () => {
    const { reading } = await readingOf(machine('', {}), [999])
    expect(gpuBytesOf(reading, [999]).reason?.message).toMatch(/999 is no longer running/)
  })
  it('the devices stand where only the query of processes fails', async () => {
    const command = async (args: readonly string[]) =>
      args[0]?.startsWith('--query-gpu') === true
        ? { exitCode: 0, stdout: GPU_CSV, stderr: '' }
        : { exitCode: 4, stdout: '', stderr: 'Insufficient Permissions' }
    const { reading } = await readingOf(
      { commands: { 'nvidia-smi': command }, links: NVIDIA_FILES },
      [100],
    )
    expect(reading.devices).toHaveLength(1)
    expect(gpuBytesOf(reading, [100]).reason?.message).toMatch(
      /exit code 4: "Insufficient Permissions"/,
    )
  })
  it('the program is found where WSL puts it', async () => {
    const { reading } = await readingOf({
      commands: { '/usr/lib/wsl/lib/nvidia-smi': nvidiaSmi(GPU_CSV, '') },
    })
    expect(reading.devices).toHaveLength(1)
  })
  it('a card that is in /sys too is listed once', async () => {
    const { reading } = await readingOf({
      commands: { 'nvidia-smi': nvidiaSmi(GPU_CSV, '') },
      files: {
        '/sys/class/drm/card0/device/drm/renderD128/dev': '226:128\n',
        '/sys/class/drm/card0/device/uevent': 'DRIVER=nvidia\nPCI_SLOT_NAME=0000:01:00.0\n',
        '/sys/class/drm/card0/device/vendor': '0x10de\n',
      },
    })
    expect(reading.devices).toMatchObject([{ source: 'nvidia_smi' }])
  })
})

describe("with the kernel's drivers", () => {
  const links = {
    '/proc/100/fd/3': '/dev/dri/renderD128',
    '/proc/100/fd/4': '/dev/dri/renderD128',
    '/proc/100/fd/5': '/dev/dri/card0',
  }
  const clients = {
    '/proc/100/fdinfo/3': amdClient('7', '64 MiB'),
    '/proc/100/fdinfo/4': amdClient('7', '64 MiB'),
    '/proc/100/fdinfo/5': amdClient('8', '1 MiB'),
  }
  it('the card has its name, and a client with two files counts once', async () => {
    const { reading } = await readingOf({ files: { ...AMD_CARD, ...clients }, links }, [100])
    expect(reading.devices).toMatchObject([
      {
        id: 'pci:0000:03:00.0',
        name: 'AMD Navi 21',
        total_bytes: 17163091968,
        temperature_celsius: 41,
      },
    ])
    expect(gpuBytesOf(reading, [100])).toEqual({ bytes: 65 * MIB, reason: null })
  })
  it('processes without the card open use 0 bytes', async () => {
    const { reading } = await readingOf(
      { files: AMD_CARD, links: { '/proc/100/fd/0': 'socket:[1]' } },
      [100],
    )
    expect(gpuBytesOf(reading, [100, 100])).toEqual({ bytes: 0, reason: null })
  })
  it('a kernel that reports nothing about an open card leaves it unknown', async () => {
    const files = { ...AMD_CARD, '/proc/100/fdinfo/3': 'pos:\t0\nflags:\t02\n' }
    const { reading } = await readingOf(
      { files, links: { '/proc/100/fd/3': '/dev/dri/renderD128' } },
      [100],
    )
    expect(gpuBytesOf(reading, [100]).reason?.message).toMatch(
      /renderD128 open, and this kernel reports nothing/,
    )
  })
  it('a GPU that sleeps is not woken', async () => {
    const { reading, io } = await readingOf({
      files: { ...AMD_CARD, '/sys/class/drm/card0/device/power/runtime_status': 'suspended\n' },
    })
    expect(reading.devices[0]).toMatchObject({
      used_bytes: null,
      reasons: { used_bytes: { message: expect.stringContaining('asleep') } },
    })
    expect(io.calls.filter((path) => /vram|busy|hwmon/.test(path))).toEqual([])
  })
  it('a process on cards of both kinds has the sum', async () => {
    const { reading } = await readingOf(
      {
        files: { ...AMD_CARD, ...clients },
        links: { ...links, '/proc/100/fd/9': '/dev/nvidia0' },
        commands: { 'nvidia-smi': nvidiaSmi(GPU_CSV, `${UUID}, 100, 512\n`) },
      },
      [100],
    )
    expect(gpuBytesOf(reading, [100])).toEqual({ bytes: 577 * MIB, reason: null })
  })
  it('a process that has an NVIDIA GPU open without nvidia-smi is unknown', async () => {
    const { reading } = await readingOf(
      { files: { ...AMD_CARD, ...clients }, links: { ...links, '/proc/100/fd/9': '/dev/nvidia0' } },
      [100],
    )
    expect(gpuBytesOf(reading, [100]).reason?.message).toMatch(
      /NVIDIA GPU open; nvidia-smi is not installed/,
    )
  })
  it('a /sys that cannot be read leaves all unknown', async () => {
    const { reading } = await readingOf({ files: { '/sys/class/drm': { code: 'EACCES' } } }, [100])
    expect(reading.no_gpu_reason?.message).toMatch(/no GPU could be read: .*EACCES/)
  })
})
