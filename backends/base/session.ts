/** Opens a model file on the best execution provider that loads, and reports the requested and the actual placement. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node'
import type { ModelPlacement } from '../../protocol/backend.ts'
import type { ExecutionProvider, FallbackPolicy } from '../../protocol/config.ts'
import { messageOf } from '../../protocol/errors.ts'
import type { BackendLog } from './backend.ts'
import { readableReason } from './load_reason.ts'
import { cpuPlacement, isAllOnProvider, openProfileFolder, type Placement } from './placement.ts'

export interface SessionOptions {
  providers: readonly ExecutionProvider[] | 'auto'
  /** onnxruntime's intra-op threads. */
  threads: number
  log: BackendLog
  /**
   * What follows when not every node runs on the first of `providers`: nothing, a warning, or an error. With `auto` there
   * has no first one, so nothing falls back. Default: `warn`.
   */
  onFallback?: FallbackPolicy | undefined
  /** Which GPU, for the providers that count them (CUDA, TensorRT, DirectML). Default: the provider's choice. */
  deviceId?: number | undefined
  /**
   * Contents of the files that hold weights, by the path that the model has for them. onnxruntime copies them; those that it
   * opens itself it maps, and the process ends by SIGBUS when somebody shortens such a file.
   */
  externalData?: readonly ExternalData[]
  /** What to do about a model that onnxruntime rejects for this reason. Default: the remedy for a built-in model. */
  remedyFor?: (reason: string) => string
}

export interface ExternalData {
  path: string
  data: Uint8Array
}

/** A provider that did not load, and why. */
export interface ProviderAttempt {
  provider: ExecutionProvider
  error: string
}

export interface OpenedSession {
  session: InferenceSession
  /** Display names of the providers in the order in which they were to be tried. */
  requested: string[]
  /** Display name of the provider that loaded, such as `CPU`. */
  granted: string
  /** Where its nodes run; some may be on the CPU whatever was granted. */
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
 * Tries the providers one at a time: given a list, onnxruntime throws at the first that does not load, and drops
 * names of other platforms with no more than a console warning. Throws when none loads, and when `onFallback: fail`
 * forbids what did.
 */
export async function createSession(
  modelPath: string,
  options: SessionOptions,
): Promise<OpenedSession> {
  const { providers, log, onFallback = 'warn', remedyFor = () => BUILTIN_REMEDY } = options
  if (!existsSync(modelPath)) {
    throw new Error(`The model file ${modelPath} is missing. Run \`npm run models\`.`)
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
    // What the configuration asks for and does not get is worth a warning; what `auto` merely tried is not.
    log[policy === 'allow' ? 'info' : 'warn'](
      `execution provider ${PROVIDER_NAMES[provider]} did not load`,
      { model: modelPath, provider, reason: opened },
    )
  }
  throw new Error(noneLoaded(modelPath, attempts, remedyFor))
}

/** The part of the health reply about an opened model. */
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
    summary: placement.sentence,
  }
}

/** A health answer goes out every second or two: it names some nodes and counts all. */
const ON_CPU_NAMES_MAX = 32

/** Logs the placement; releases the session and throws when the policy forbids it. */
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
      `${modelPath}: ${requested.join(', ')} was requested and ${granted} granted, ${[placement.sentence, ...reasons].join('; ')}; set on_fallback: warn to run it so`,
    )
  }
  // The fallback was logged with each provider that did not load.
  const isPartial = !isAllOnProvider(placement)
  const quiet = granted === PROVIDER_NAMES.cpu ? 'debug' : 'info'
  log[policy === 'warn' && isPartial ? 'warn' : quiet](placement.sentence, {
    model: modelPath,
    requested,
    granted,
    on_cpu: placement.onCpu,
  })
}

/**
 * The order that `auto` tries, best first, always ending in the CPU. Left out: TensorRT, which compiles each model
 * for minutes at every start; and WebGPU on Linux, where it may land on a software Vulkan driver, hundreds of
 * times slower than the CPU. Both can be asked for by name.
 */
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

/** Why a provider need not be tried; null when only `create` can tell. */
function obstacleOf(provider: ExecutionProvider): string | null {
  const found = listSupportedBackends().find(({ name }) => name === provider)
  if (!found) return `onnxruntime for ${process.platform} does not contain it`
  // Trying it would tell the same, but onnxruntime also writes an alarming line to stderr, past the log.
  if (!found.bundled && !hasLibrary(provider)) {
    return 'its libraries are not installed; `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12` fetches them'
  }
  return null
}

/** Providers with large libraries (CUDA, TensorRT) come as separate files beside onnxruntime's binary. */
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

/** The session and where its nodes run, or the reason why there is none. */
async function tryProvider(
  modelPath: string,
  provider: ExecutionProvider,
  { threads, deviceId, externalData = [] }: SessionOptions,
): Promise<{ session: InferenceSession; placement: Placement } | string> {
  // The session that is profiled is the one that serves: a second one would compile the model twice.
  const profile = provider === 'cpu' ? null : await openProfileFolder()
  try {
    const session = await InferenceSession.create(modelPath, {
      executionProviders: [configOf(provider, deviceId)],
      intraOpNumThreads: threads,
      ...(externalData.length === 0 ? {} : { externalData }),
      // Threads that spin while they wait cost 5-7 % of a core after every run, and gain nothing measurable.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      // Warnings would go to stderr past the log.
      logSeverityLevel: 3,
      // Off after a crash while loading: in Electron its allocator and the arena's large aligned blocks do not always agree.
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

/**
 * What onnxruntime-node's binding reads of a provider. It knows no more: TensorRT's engine cache can only be had through
 * the environment, and WebGPU and CoreML throw or ignore a device id.
 */
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

/**
 * The CPU's reason is that of the file and comes first; providers that failed for the same reason, or only lack their
 * libraries, say nothing more.
 */
function noneLoaded(
  modelPath: string,
  attempts: readonly ProviderAttempt[],
  remedyFor: (reason: string) => string,
): string {
  const cpu = attempts.find(({ provider }) => provider === 'cpu')
  const named = (list: readonly ProviderAttempt[]) =>
    list.map(({ provider, error }) => `${PROVIDER_NAMES[provider]} (${error})`).join('; ')
  if (cpu === undefined) {
    return `The model file ${modelPath} loads on no execution provider: ${named(attempts)}. Add cpu to the end of providers.`
  }
  const others = attempts.filter(
    ({ provider, error }) => error !== cpu.error && obstacleOf(provider) === null,
  )
  const more = others.length === 0 ? '' : ` Other execution providers: ${named(others)}.`
  // The remedy first: a row of the panel shows the beginning, and reasons are long.
  return `The model file ${modelPath} could not be loaded. ${remedyFor(cpu.error)} The reason of onnxruntime: ${withFullStop(cpu.error)}${more}`
}

const withFullStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

const BUILTIN_REMEDY = 'The file may be damaged: run `npm run models`.'
