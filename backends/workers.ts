/** Worker threads of a backend: how many, with how many onnxruntime threads, on which devices. */
import { message } from '../protocol/messages.ts'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import type { BackendLog, LoadedModel } from './base/backend.ts'
import { ModelWorker } from './base/model_worker.ts'
import type { ModelService } from './base/service.ts'
import { THREADS_ALONE_VARIABLE } from '../protocol/config.ts'
import { planSessions } from './base/session_plan.ts'
import { WorkerPool } from './base/worker_pool.ts'
import type { StartOptions } from './options.ts'
import { choiceOf } from './registry.ts'

interface WorkerEnvironment {
  rootDir: string
  service: ModelService
  log: BackendLog
}

/** One per configured GPU, or one; others join when these are ready. */
export function startWorkers(options: StartOptions, environment: WorkerEnvironment): WorkerPool {
  const { config } = options
  const cores = availableParallelism()
  const alone = Number(process.env[THREADS_ALONE_VARIABLE] ?? config.threads ?? cores)
  const plan = planSessions(config, cores, alone)
  // A backend without sessions has no use for more threads.
  const reservesFirst = ({ provider, placements = [] }: LoadedModel) =>
    placements.length > 0 && plan.reservesFirst(provider)
  const deviceIds = config.device_ids ?? [undefined]
  const { log } = environment
  const start = (index: number, isFirst: boolean) =>
    startWorker(options, environment, {
      deviceId: deviceIds[index % deviceIds.length],
      threads: isFirst ? plan.firstThreads : plan.furtherThreads,
      isFirst,
    })
  return new WorkerPool(
    deviceIds.map((_, index) => start(index, true)),
    {
      count: (model) =>
        plan.sharedOn(model.provider) - (reservesFirst(model) ? 0 : deviceIds.length),
      create: (index) => start(index, false),
      reservesFirst,
      onJoined: (width) => {
        if (width > 1) log.info(`${width} sessions run side by side`)
      },
      onFailed: (error) => {
        log.warn(`another session did not load, the others go on without it: ${error.message}`)
      },
    },
  )
}

function startWorker(
  { name, config }: StartOptions,
  { rootDir, service, log }: WorkerEnvironment,
  {
    deviceId,
    threads,
    isFirst,
  }: { deviceId: number | undefined; threads: number; isFirst: boolean },
): ModelWorker {
  return new ModelWorker({
    entry: pathToFileURL(path.join(rootDir, 'dist', 'backends', 'worker.js')),
    start: {
      name,
      choice: choiceOf(name, config),
      rootDir,
      providers: config.providers,
      onFallback: config.on_fallback,
      deviceId,
      precision: config.precision,
      threads,
      spin: config.spin,
      batchSizeMax: config.max_batch_size,
      warmUpRuns: config.warmup,
      cacheSize: config.cache_size,
      options: config.options,
    },
    log,
    onProgress: (detail) => {
      if (!isFirst) return
      log.info(detail.message)
      service.noteProgress(detail)
    },
    onLost: (error) => {
      log.error(`the model is lost: ${error.message}`)
      service.loseModel(message('progress.lost', { name, reason: error.message }))
      // Pending replies are sent in this turn of the event loop.
      setImmediate(() => process.exit(EXIT_CODES.internal))
    },
  })
}
