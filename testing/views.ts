/** Wire values for tests: a healthy backend, plane and sample, with overrides. */
import { descriptorOf } from '../protocol/builtin_backends.ts'
import { gpuReadingSchema, type GpuReading } from '../protocol/gpu.ts'
import type { BackendView, LogLine, PlaneView, Sample } from '../protocol/control.ts'
import { MIB } from '../protocol/bytes.ts'
import { message } from '../protocol/messages.ts'

export const TEST_EPOCH = new Date(2026, 0, 31, 14, 0, 0).getTime()

export function aBackend(differing: Partial<BackendView> = {}): BackendView {
  return {
    name: 'emotion',
    backend: 'emotion',
    runtime: 'builtin',
    host: 'localhost',
    port: 8768,
    state: 'ready',
    since: TEST_EPOCH,
    wanted: true,
    detail: null,
    retry_at: null,
    attempt: 0,
    max_attempts: 10,
    pid: 41836,
    started_at: TEST_EPOCH,
    provider: 'cpu',
    models: [],
    placements: [],
    warnings: [],
    precision: 'fp32',
    config_hash: '0a1b2c3d',
    image_size: null,
    descriptor: descriptorOf(differing.name ?? 'emotion', {
      runtime: differing.runtime ?? 'builtin',
      output: undefined,
      labels: undefined,
    }),
    sessions: 1,
    pong_ms: 0.8,
    missed_pongs: 0,
    silent_since: null,
    is_live: true,
    is_ready: true,
    last_stop: null,
    in_flight: 0,
    queue_depth: 0,
    queue_limit: 64,
    requests: 0,
    errors: 0,
    requests_per_s: 0,
    latency_ms: null,
    rss_bytes: 742 * 1024 ** 2,
    gpu_bytes: null,
    gpu_reason: 'runs on CPU',
    ...differing,
  }
}

export function aPlane(differing: Partial<PlaneView> = {}): PlaneView {
  return {
    version: '0.1.0',
    pid: 41790,
    host: '127.0.0.1',
    port: 8765,
    started_at: TEST_EPOCH,
    clients: 0,
    rss_bytes: 118 * 1024 ** 2,
    shell_notice: null,
    state_dir: '/tmp/switchyard',
    config: { file: 'config/models.yaml', loaded_at: TEST_EPOCH, problems: [] },
    ...differing,
  }
}

export function aSample(differing: Partial<Sample> = {}): Sample {
  return {
    time: TEST_EPOCH,
    latency_ms: { p50: 6.4, p95: 11.9, p99: 19.6 },
    requests_per_s: 12,
    rss_bytes: 742 * 1024 ** 2,
    in_flight: 1,
    queue_depth: 0,
    pong_ms: 0.8,
    ...differing,
  }
}

export function aLine(differing: Partial<LogLine> = {}): LogLine {
  return {
    seq: 1,
    time: TEST_EPOCH,
    level: 'info',
    source: 'emotion',
    message: 'ready',
    ...differing,
  }
}

/** A machine without a GPU. */
export const NO_GPU: GpuReading = gpuReadingSchema.parse({
  time: TEST_EPOCH,
  devices: [],
  processes: [],
  sources: [
    {
      source: 'nvidia_smi',
      ok: false,
      reason: message('gpu.smi_missing'),
      processes: 'none',
      processes_reason: null,
    },
  ],
  unified_memory: null,
  no_gpu_reason: message('gpu.none_found', { reason: message('gpu.smi_missing') }),
})

/** A card whose temperature the driver does not report. */
export const ONE_GPU: GpuReading = gpuReadingSchema.parse({
  ...NO_GPU,
  no_gpu_reason: null,
  devices: [
    {
      id: 'a',
      source: 'nvidia_smi',
      vendor: 'nvidia',
      memory: 'dedicated',
      name: 'Card',
      total_bytes: 16_376 * MIB,
      used_bytes: 6190 * MIB,
      utilization_percent: 47,
      temperature_celsius: null,
      reasons: { temperature_celsius: message('gpu.driver_no_sensor') },
    },
  ],
})
