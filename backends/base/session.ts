/** Opens a model file on the first execution provider that loads, and reports its placement. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node'
import type { ModelPlacement } from '../../protocol/backend.ts'
import type { ExecutionProvider, FallbackPolicy, SpinMode } from '../../protocol/config.ts'
import { MessageError, messageOf } from '../../protocol/errors.ts'
import { asText, joined, type Message, message } from '../../protocol/messages.ts'
import type { BackendLog } from './backend.ts'
import { readableReason } from './load_reason.ts'
import { cpuPlacement, isAllOnProvider, openProfileFolder, type Placement } from './placement.ts'

export interface SessionOptions {
  providers: readonly ExecutionProvider[] | 'auto'
  threads: number
  /** Default: `auto`. */
  spin?: SpinMode
  log: BackendLog
  /** Applies if a node is not on the first of `providers`; with `auto` nothing is a fallback. Default: `warn`. */
  onFallback?: FallbackPolicy | undefined
  /** GPU index for CUDA, TensorRT, DirectML. Default: the provider's choice. */
  deviceId?: number | undefined
  /** Weights by path. onnxruntime would map the files itself, and truncating one then ends the process with SIGBUS. */
  externalData?: readonly ExternalData[]
  remedyFor?: (reason: string) => Message
}

export interface ExternalData {
  path: string
  data: Uint8Array
}

export interface ProviderAttempt {
  provider: ExecutionProvider
  error: string
}

export interface OpenedSession {
  session: InferenceSession
  /** Display names, in the order to try. */
  requested: string[]
  granted: string
  /** Some nodes may be on the CPU whatever was granted. */
  placement: Placement
  attempts: ProviderAttempt[]
}

export const PROVIDER_NAMES: Record<ExecutionProvider, string> = {
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  dml: 'DirectML',
  coreml: 'CoreML',
  webgpu: 'WebGPU',
  cpu: 'CPU',
}

/**
 * One provider at a time: onnxruntime throws at the first failure of a list. Throws if none loads or `fail` forbids
 * it.
 */
export async function createSession(
  modelPath: string,
  options: SessionOptions,
): Promise<OpenedSession> {
  const { providers, log, onFallback = 'warn', remedyFor = () => BUILTIN_REMEDY } = options
  if (!existsSync(modelPath)) {
    throw new MessageError(message('load.missing', { file: modelPath }))
  }
  const policy = providers === 'auto' ? 'allow' : onFallback
  const order = providers === 'auto' ? providersOf(process.platform) : providers
  const requested = order.map((provider) => PROVIDER_NAMES[provider])
  const attempts: ProviderAttempt[] = []
  for (const provider of order) {
    const opened = obstacleOf(provider) ?? (await tryProvider(modelPath, provider, options))
    if (typeof opened !== 'string') {
      const { session, placement } = opened
      const found = { session, requested, granted: PROVIDER_NAMES[provider], placement, attempts }
      await enforce(policy, modelPath, found, log)
      return found
    }
    attempts.push({ provider, error: opened })
    // Warn if a configured provider is unavailable, not if `auto` merely tried it.
    log[policy === 'allow' ? 'info' : 'warn'](
      `execution provider ${PROVIDER_NAMES[provider]} did not load`,
      { model: modelPath, provider, reason: opened },
    )
  }
  throw new MessageError(noneLoaded(modelPath, attempts, remedyFor))
}

export function placementOf(
  model: string,
  { requested, granted, placement }: OpenedSession,
  deviceId: number | undefined,
): ModelPlacement {
  return {
    model,
    requested,
    granted,
    ...(deviceId === undefined || granted === PROVIDER_NAMES.cpu ? {} : { device_id: deviceId }),
    nodes: placement.nodes,
    on_cpu: placement.onCpu.slice(0, ON_CPU_NAMES_MAX),
    ...asText({ summary: placement.sentence }),
  }
}

/** Health replies are frequent: they name some nodes and count all. */
const ON_CPU_NAMES_MAX = 32

async function enforce(
  policy: FallbackPolicy,
  modelPath: string,
  { session, requested, granted, placement, attempts }: OpenedSession,
  log: BackendLog,
): Promise<void> {
  const isAsRequested = granted === requested[0] && isAllOnProvider(placement)
  if (policy === 'fail' && !isAsRequested) {
    await session.release()
    const reasons = attempts.map(({ provider, error }) => `${PROVIDER_NAMES[provider]}: ${error}`)
    throw new Error(
      `${modelPath}: ${requested.join(', ')} was requested and ${granted} granted, ${[placement.sentence.message, ...reasons].join('; ')}; set on_fallback: warn to run it so`,
    )
  }
  // The fallback was logged with each provider that did not load.
  const isPartial = !isAllOnProvider(placement)
  const quiet = granted === PROVIDER_NAMES.cpu ? 'debug' : 'info'
  log[policy === 'warn' && isPartial ? 'warn' : quiet](placement.sentence.message, {
    model: modelPath,
    requested,
    granted,
    on_cpu: placement.onCpu,
  })
}

/** Best first. Without TensorRT (compiles for minutes) and WebGPU on Linux (may be a slow software Vulkan driver). */
export function providersOf(platform: NodeJS.Platform): readonly ExecutionProvider[] {
  switch (platform) {
    case 'win32':
      return ['cuda', 'dml', 'webgpu', 'cpu']
    case 'darwin':
      return ['coreml', 'webgpu', 'cpu']
    default:
      return ['cuda', 'cpu']
  }
}

/** Why a provider need not be tried; null if only `create` can tell. */
function obstacleOf(provider: ExecutionProvider): string | null {
  const found = listSupportedBackends().find(({ name }) => name === provider)
  if (!found) return `onnxruntime for ${process.platform} does not contain it`
  // Trying it gives the same result, but onnxruntime also prints an alarming line to stderr.
  if (!found.bundled && !hasLibrary(provider)) {
    return 'its libraries are not installed; `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12` fetches them'
  }
  return null
}

/** Providers with large libraries (CUDA, TensorRT) are separate files beside onnxruntime's binary. */
function hasLibrary(provider: ExecutionProvider): boolean {
  const binDir = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '../bin')
  if (!existsSync(binDir)) return true
  return readdirSync(binDir).some((api) => {
    const dir = join(binDir, api, process.platform, process.arch)
    return (
      existsSync(dir) && readdirSync(dir).some((file) => file.includes(`providers_${provider}`))
    )
  })
}

/**
 * On two cores a MobileNetV2 took 8.5 ms with onnxruntime's own spinning, 9.2 with 50 µs and 10.2 without; two such backends at
 * once served 82, 130 and 119 images/s.
 */
const SPINNING: Record<SpinMode, Record<string, string>> = {
  auto: { allow_spinning: '1', spin_duration_us: '50' },
  on: { allow_spinning: '1' },
  off: { allow_spinning: '0' },
}

async function tryProvider(
  modelPath: string,
  provider: ExecutionProvider,
  { threads, spin = 'auto', deviceId, externalData = [] }: SessionOptions,
): Promise<{ session: InferenceSession; placement: Placement } | string> {
  // Profile the serving session: a second one would compile the model twice.
  const profile = provider === 'cpu' ? null : await openProfileFolder()
  try {
    const session = await InferenceSession.create(modelPath, {
      executionProviders: [configOf(provider, deviceId)],
      intraOpNumThreads: threads,
      ...(externalData.length === 0 ? {} : { externalData }),
      extra: { session: { intra_op: SPINNING[spin] } },
      // Warnings would bypass the log on stderr.
      logSeverityLevel: 3,
      // Off after a crash while loading: Electron's allocator may conflict with the arena's large aligned blocks.
      enableCpuMemArena: process.env['SWITCHYARD_CPU_ARENA'] !== 'off',
      ...profile?.options,
    })
    const placement = await profile?.prove(session, PROVIDER_NAMES[provider])
    return { session, placement: placement ?? cpuPlacement() }
  } catch (error) {
    return readableReason(messageOf(error))
  } finally {
    profile?.dispose()
  }
}

/** onnxruntime-node passes nothing more; WebGPU and CoreML throw on or ignore a device id. */
function configOf(
  provider: ExecutionProvider,
  deviceId: number | undefined,
): InferenceSession.ExecutionProviderConfig {
  const device = deviceId === undefined ? {} : { deviceId }
  switch (provider) {
    case 'cuda':
      return { name: 'cuda', ...device }
    case 'tensorrt':
      return { name: 'tensorrt', ...device }
    case 'dml':
      return { name: 'dml', ...device }
    case 'coreml':
      return { name: 'coreml' }
    case 'webgpu':
      return { name: 'webgpu' }
    case 'cpu':
      return { name: 'cpu' }
    default:
      return provider satisfies never
  }
}

/** The CPU's error is about the file and comes first; repeats and missing libraries are left out. */
function noneLoaded(
  modelPath: string,
  attempts: readonly ProviderAttempt[],
  remedyFor: (reason: string) => Message,
): Message {
  const cpu = attempts.find(({ provider }) => provider === 'cpu')
  const named = (list: readonly ProviderAttempt[]) =>
    list.map(({ provider, error }) => `${PROVIDER_NAMES[provider]} (${error})`).join('; ')
  if (cpu === undefined) {
    return message('load.no_provider', { file: modelPath, attempts: named(attempts) })
  }
  const others = attempts.filter(
    ({ provider, error }) => error !== cpu.error && obstacleOf(provider) === null,
  )
  // The remedy first: the panel truncates long reasons.
  return joined(
    message('load.failed', { file: modelPath, remedy: remedyFor(cpu.error) }),
    message('load.reason', { reason: withFullStop(cpu.error) }),
    others.length === 0 ? null : message('load.others', { others: named(others) }),
  )
}

const withFullStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

const BUILTIN_REMEDY = message('load.run_models')
