import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gpuReadingSchema, type GpuReading } from '../../protocol/gpu.ts'
import type { CommandResult } from './gpu_io.ts'
import { GpuProbe, type GpuProbeOptions } from './gpu_probe.ts'
import { fakeIo, prints, type FakeMachine } from './testing/fake_machine.ts'

const rethrow = (error: unknown) => {
  throw error
}

const INTERVAL_MS = 5000

describe('a probe', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function probeOf(machine: FakeMachine, options: Partial<GpuProbeOptions> = {}) {
    const io = fakeIo(machine)
    const readings: GpuReading[] = []
    const probe = new GpuProbe({
      ...{ platform: 'linux', intervalMs: INTERVAL_MS, now: () => 42, pids: () => [], io },
      onReading: (reading) => readings.push(reading),
      onFault: rethrow,
      ...options,
    })
    return { probe, readings, io }
  }

  it('reports that there is no GPU, and what it looked for', async () => {
    const { probe, readings } = probeOf({})
    probe.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(readings).toMatchObject([
      {
        ...{ time: 42, devices: [], processes: [] },
        no_gpu_reason: {
          message: 'no GPU was found: nvidia-smi is not installed; /sys/class/drm has no card',
        },
      },
    ])
    expect(gpuReadingSchema.safeParse(readings[0]).error).toBeUndefined()
    await probe.close()
  })

  it('reads again after each interval, and looks for what is absent once a minute', async () => {
    const { probe, readings, io } = probeOf({})
    probe.start()
    await vi.advanceTimersByTimeAsync(INTERVAL_MS * 12)
    expect(readings).toHaveLength(13)
    expect(io.calls.filter((call) => call.startsWith('nvidia-smi'))).toHaveLength(2)
    await probe.close()
  })

  it('queries the processes at each reading', async () => {
    const pids = vi.fn(() => [1])
    const { probe } = probeOf({}, { pids })
    probe.start()
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect(pids).toHaveBeenCalledTimes(2)
    await probe.close()
  })

  it('never overlaps: the next reading waits for a slow one', async () => {
    const answers: ((result: CommandResult) => void)[] = []
    const slow = () => new Promise<CommandResult>((resolve) => answers.push(resolve))
    const { probe, readings } = probeOf({ commands: { 'nvidia-smi': slow } })
    probe.start()
    await vi.advanceTimersByTimeAsync(INTERVAL_MS * 10)
    expect(answers).toHaveLength(1)
    answers[0]?.({ exitCode: 1, stdout: 'broken', stderr: '' })
    await vi.advanceTimersByTimeAsync(0)
    expect(readings).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(INTERVAL_MS)
    expect(answers).toHaveLength(2)
    answers[1]?.({ exitCode: 1, stdout: 'broken', stderr: '' })
    await probe.close()
  })

  it('ends its command when closed, reports nothing more and leaves no timer', async () => {
    let isEnded = false
    const hanging = (_: readonly string[], { signal }: { signal: AbortSignal }) =>
      new Promise<CommandResult>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          isEnded = true
          reject(new Error('ended'))
        })
      })
    const { probe, readings } = probeOf({ commands: { 'nvidia-smi': hanging } })
    probe.start()
    await vi.advanceTimersByTimeAsync(0)
    await probe.close()
    expect(isEnded).toBe(true)
    expect(readings).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
    probe.start()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('closed between two readings takes no further one', async () => {
    const { probe, readings } = probeOf({})
    probe.start()
    await vi.advanceTimersByTimeAsync(0)
    await probe.close()
    expect(vi.getTimerCount()).toBe(0)
    expect(readings).toHaveLength(1)
  })

  it('rests after the first reading while nobody needs one, and reads when it is woken', async () => {
    let pauseMs: number | null = null
    const { probe, readings } = probeOf({}, { pauseMs: () => pauseMs })
    probe.start()
    await vi.advanceTimersByTimeAsync(INTERVAL_MS * 100)
    expect(readings).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
    pauseMs = INTERVAL_MS
    probe.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(readings).toHaveLength(2)
    pauseMs = null
    await vi.advanceTimersByTimeAsync(INTERVAL_MS * 100)
    expect(readings).toHaveLength(3)
    await probe.close()
  })

  it('woken again and again reads no more often than its pause', async () => {
    const { probe, readings } = probeOf({})
    probe.start()
    for (let ms = 0; ms < INTERVAL_MS; ms += 100) {
      probe.wake()
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(readings).toHaveLength(2)
    await probe.close()
  })

  it('started twice reads once', async () => {
    const { probe, readings } = probeOf({})
    probe.start()
    probe.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(readings).toHaveLength(1)
    await probe.close()
  })

  it.each([
    [
      'win32',
      'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      /powershell.exe is missing/,
    ],
    ['darwin', '/usr/sbin/system_profiler', /system_profiler is missing/],
    ['freebsd', null, /GPUs are not supported on freebsd/],
  ] as const)('on %s reads what %s reports', async (platform, program, reason) => {
    const { probe, readings, io } = probeOf({}, { platform })
    probe.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(readings[0]?.no_gpu_reason?.message).toMatch(reason)
    if (program !== null) expect(io.calls).toContainEqual(expect.stringContaining(program))
    await probe.close()
  })

  it('reports invalid output of a program as its failure', async () => {
    const { probe, readings } = probeOf({ commands: { 'nvidia-smi': prints('hello\n') } })
    probe.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(readings[0]?.sources[0]).toMatchObject({
      ok: false,
      reason: { message: expect.stringContaining('"hello"') },
    })
    await probe.close()
  })

  it('refuses an interval below a second', () => {
    expect(() => probeOf({}, { intervalMs: 10 })).toThrow(/intervalMs 10 is below 1000 ms/)
  })
})

it('reads the real machine, and either lists a GPU or explains why not', async () => {
  const reading = await new Promise<GpuReading>((resolve) => {
    const probe = new GpuProbe({
      ...{ platform: process.platform, intervalMs: INTERVAL_MS, now: Date.now },
      pids: () => [process.pid],
      onFault: rethrow,
      onReading: (taken) => {
        void probe.close().then(() => {
          resolve(taken)
        })
      },
    })
    probe.start()
  })
  expect(gpuReadingSchema.safeParse(reading).error).toBeUndefined()
  expect(reading.no_gpu_reason === null).toBe(reading.devices.length > 0)
})
