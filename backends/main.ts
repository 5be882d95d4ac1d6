/** Entry of a backend process: command line, log, server, model worker, orderly stop. */
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { loadConfig } from '../config/load.ts'
import {
  DIALECTS,
  backendConfigSchema,
  type BackendConfig,
  type DialectName,
} from '../protocol/config.ts'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import type { BackendLog } from './base/backend.ts'
import { createDialect } from './base/dialect.ts'
import { LOG_FORMATS, createLog, type LogFormat } from './base/log.ts'
import { ModelWorker } from './base/model_worker.ts'
import { watchParent } from './base/parent_watch.ts'
import { ModelService } from './base/service.ts'
import { startServer, type BackendServer } from './base/server.ts'
import { BUILTIN_NAMES, loadRequestReader } from './registry.ts'

const USAGE = `Usage: npm run backend -- NAME [--host H] [--port P] [--config FILE]
                              [--dialect native|platform] [--log-format text|json]
  NAME     one of: ${BUILTIN_NAMES.join(', ')}
  --port   0 = any free port; default: that of the config file`

interface StartOptions {
  name: string
  config: BackendConfig
  /** 0 = any free port. The config's own port when no flag says otherwise. */
  port: number
  logFormat: LogFormat
}

class UsageError extends Error {}

/** Runs one backend until it is told to stop. Resolves once it listens; the process ends by itself. */
export async function runBackend(given: { argv: string[]; rootDir: string }): Promise<void> {
  let options: StartOptions
  try {
    options = readOptions(given)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n${USAGE}\n`)
    process.exitCode = EXIT_CODES.usage
    return
  }
  const log = createLog(options.name, options.logFormat)
  const service = new ModelService({
    name: options.name,
    version: versionOf(given.rootDir),
    config: options.config,
    readRequest: await loadRequestReader(options.name),
    log,
    now: () => performance.now(),
  })
  const server = await listen(options, service, log)
  if (server === null) {
    process.exitCode = EXIT_CODES.port_unavailable
    return
  }
  log.info(`listening on ${server.url}`)

  const worker = new ModelWorker({
    entry: pathToFileURL(path.join(given.rootDir, 'dist', 'backends', 'worker.js')),
    start: {
      name: options.name,
      rootDir: given.rootDir,
      providers: options.config.providers,
      threads: options.config.threads ?? availableParallelism(),
      batchSizeMax: options.config.max_batch_size,
      cacheSize: options.config.cache_size,
      options: options.config.options,
    },
    log,
    onProgress: (detail) => {
      log.info(detail)
      service.noteProgress(detail)
    },
    onLost: (error) => {
      log.error(`the model is lost: ${error.message}`)
      service.loseModel(`the model of ${options.name} is lost: ${error.message}`)
      // The replies just written leave in this turn of the event loop.
      setImmediate(() => process.exit(EXIT_CODES.internal))
    },
  })
  const stop = stopOnce({ service, server, worker, log })
  installEndings(stop, log)
  try {
    const model = await worker.loaded()
    service.becomeReady(model, (items) => worker.run(items))
    log.info(`ready on ${model.provider}`, { models: model.models.map(({ name }) => name) })
  } catch (error) {
    log.error(`cannot load the model: ${error instanceof Error ? error.message : String(error)}`)
    await server.close()
    process.exit(EXIT_CODES.model_unavailable)
  }
}

function readOptions({ argv, rootDir }: { argv: string[]; rootDir: string }): StartOptions {
  const { values, positionals } = parseFlags(argv)
  const [name, ...rest] = positionals
  if (name === undefined) throw new UsageError('Which backend? The name is missing.')
  if (rest.length > 0)
    throw new UsageError(`One backend at a time; "${rest.join(' ')}" is too much.`)
  if (!BUILTIN_NAMES.includes(name)) throw new UsageError(`There is no backend "${name}".`)
  const logFormat = values['log-format'] ?? 'text'
  if (!isLogFormat(logFormat)) throw new UsageError(`--log-format "${logFormat}" is unknown.`)
  const config = readSection(name, values, rootDir)
  const dialect = values.dialect ?? config.dialect
  if (!isDialect(dialect)) {
    throw new UsageError(`--dialect "${dialect}" is unknown; use ${DIALECTS.join(' or ')}.`)
  }
  const port = values.port === undefined ? config.port : portFlag(values.port)
  return {
    name,
    config: { ...config, dialect, host: values.host ?? config.host },
    port,
    logFormat,
  }
}

function parseFlags(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        config: { type: 'string' },
        /** The section as JSON, from the control plane: what is in force there, not what the file says by now. */
        settings: { type: 'string' },
        dialect: { type: 'string' },
        'log-format': { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readSection(
  name: string,
  values: { settings?: string | undefined; config?: string | undefined; port?: string | undefined },
  rootDir: string,
): BackendConfig {
  if (values.settings !== undefined) {
    return backendConfigSchema.parse(JSON.parse(values.settings))
  }
  const file = path.resolve(values.config ?? path.join(rootDir, 'config', 'models.yaml'))
  const loaded = loadConfig(file)
  if (!loaded.ok) {
    const lines = loaded.problems.map(
      ({ line, key, message, remedy }) => `${file}:${line ?? 0}: ${key} ${message}; ${remedy}`,
    )
    throw new UsageError(lines.join('\n'))
  }
  const section = loaded.config.model_backends[name]
  if (section !== undefined) return section
  if (values.port === undefined) {
    throw new UsageError(`${file} has no section "${name}"; add one, or give --port.`)
  }
  // The port is overridden by the flag; any valid one fills the section.
  return backendConfigSchema.parse({ port: 8766 })
}

function portFlag(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(`--port "${text}" is not a port; use 0 (any free one) to 65535.`)
  }
  return port
}

const isDialect = (text: string): text is DialectName =>
  (DIALECTS as readonly string[]).includes(text)

const isLogFormat = (text: string): text is LogFormat =>
  (LOG_FORMATS as readonly string[]).includes(text)

async function listen(
  { name, config, port }: StartOptions,
  service: ModelService,
  log: BackendLog,
): Promise<BackendServer | null> {
  try {
    return await startServer({
      host: config.host,
      port,
      messageBytesMax: config.max_message_bytes,
      service,
      dialect: createDialect(config.dialect, name, () => Date.now() / 1000),
      log,
      now: () => performance.now(),
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason =
      code === 'EADDRINUSE'
        ? `port ${port} on ${config.host} is taken by another program; stop it, or choose a free port`
        : code === 'EACCES'
          ? `port ${port} on ${config.host} is forbidden for this user; choose one of 1024-65535`
          : `cannot listen on ${config.host}:${port}: ${message}`
    log.error(reason, { code })
    return null
  }
}

interface Running {
  service: ModelService
  server: BackendServer
  worker: ModelWorker
  log: BackendLog
}

/** The orderly stop: drain, release the model, close the port. Runs once, however often it is asked for. */
function stopOnce({ service, server, worker, log }: Running): (why: string) => Promise<void> {
  let stopping: Promise<void> | null = null
  const run = async (why: string) => {
    log.info(`stopping: ${why}`)
    const before = process.memoryUsage.rss()
    await service.drain()
    await worker.release()
    await server.close()
    const toMiB = (bytes: number) => Math.round(bytes / 1024 ** 2)
    const after = process.memoryUsage.rss()
    log.info(`stopped; RAM ${toMiB(before)} MiB before and ${toMiB(after)} MiB after cleanup`)
  }
  return (why) => (stopping ??= run(why))
}

function installEndings(stop: (why: string) => Promise<void>, log: BackendLog): void {
  const end = (why: string) => {
    stop(why).then(
      () => process.exit(EXIT_CODES.ok),
      (error: unknown) => {
        log.error(`the stop failed: ${String(error)}`)
        process.exit(EXIT_CODES.internal)
      },
    )
  }
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals++
      if (signals > 1) process.kill(process.pid, 'SIGKILL')
      end(signal)
    })
  }
  process.on('message', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'shutdown' in message) {
      end('asked by the control plane')
    }
  })
  watchParent(process.env, () => {
    // SIGKILL, not exit(): a native run in the worker thread turns an exit into an abort, or holds it up.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), PARENT_LOST_GRACE_MS).unref()
    end('the control plane is gone')
  })
  process.on('unhandledRejection', (error) => {
    log.error(
      `unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    process.exit(EXIT_CODES.internal)
  })
}

/** With the poll of one second, no process outlives its control plane by more than two. */
const PARENT_LOST_GRACE_MS = 800

function versionOf(rootDir: string): string {
  const text = readFileSync(path.join(rootDir, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
