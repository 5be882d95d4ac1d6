/** Entry of a backend process: command line, log, server, model worker, orderly stop. */
import { performance } from 'node:perf_hooks'
import { versionOf } from '../files/package_version.ts'
import { descriptorOf } from '../protocol/builtin_backends.ts'
import { saidBy } from '../protocol/errors.ts'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import { asText, message, type Message } from '../protocol/messages.ts'
import type { BackendLog } from './base/backend.ts'
import { createDialect } from './base/dialect.ts'
import { createLog, loadToText, type ProcessLog } from './base/log.ts'
import { ModelHost } from './base/model_host.ts'
import { endAhead } from './base/model_thread.ts'
import { onParentMessage } from './base/parent_messages.ts'
import { watchParent } from './base/parent_watch.ts'
import { ModelService } from './base/service.ts'
import { startServer, type BackendServer } from './base/server.ts'
import { USAGE, UsageError, readOptions, type StartOptions } from './options.ts'
import { choiceOf, hasInt8, loadRequestReader } from './registry.ts'
import { startWorkers } from './workers.ts'

/** Resolves once it listens; the process exits by itself on a stop signal. */
export async function runBackend(given: { argv: string[]; rootDir: string }): Promise<void> {
  let options: StartOptions
  try {
    options = await readOptions(given)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n${USAGE}\n`)
    return endRefused(EXIT_CODES.usage)
  }
  const log = createLog(options.name, options.logFormat === 'json' ? 'json' : await loadToText())
  const service = new ModelService({
    name: options.name,
    version: versionOf(given.rootDir),
    config: options.config,
    descriptor: descriptorOf(options.name, options.config),
    readRequest: await loadRequestReader(choiceOf(options.name, options.config)),
    log,
    now: () => performance.now(),
  })
  const server = await listen(options, service, log)
  if (server === null) return endRefused(EXIT_CODES.port_unavailable)
  log.info(`listening on ${server.url}`)
  // The parent process waits for this line and for "ready".
  log.flush()

  if (options.config.precision === 'int8' && !hasInt8(choiceOf(options.name, options.config))) {
    log.warn(`${options.name} has no int8 models: precision is ignored, it runs in fp32`)
  }
  const host = new ModelHost({
    createWorker: () => startWorkers(options, { rootDir: given.rootDir, service, log }),
    onModel: (model, worker) => {
      service.becomeReady(model, worker)
    },
    log,
  })
  service.onReload = () => host.reload()
  const stop = stopOnce({ service, server, host, log })
  installEndings(
    stop,
    (change) => {
      service.configure(change)
    },
    log,
  )
  try {
    const model = await host.load()
    log.info(`ready on ${model.provider}`, { models: model.models.map(({ name }) => name) })
    log.flush()
  } catch (error) {
    logReason(log, message('refusal.no_model', { reason: saidBy(error) }))
    await server.close()
    process.exit(EXIT_CODES.model_unavailable)
  }
}

/** An empty event loop does not end one of Electron's utility processes: https://github.com/electron/electron/issues/47228 */
async function endRefused(code: number): Promise<never> {
  await endAhead()
  // On Windows a pipe is written asynchronously.
  await new Promise<void>((resolve) => process.stderr.write('', () => resolve()))
  process.exit(code)
}

async function listen(
  { name, config, port, token }: StartOptions,
  service: ModelService,
  log: BackendLog,
): Promise<BackendServer | null> {
  try {
    return await startServer({
      host: config.host,
      port,
      messageBytesMax: config.max_message_bytes,
      token,
      service,
      dialect: createDialect(config.dialect, name, () => Date.now() / 1000),
      log,
      now: () => performance.now(),
    })
  } catch (error) {
    const { code, message: text } = error as NodeJS.ErrnoException
    const { host } = config
    const reason =
      code === 'EADDRINUSE'
        ? message('refusal.port_in_use', { port, host })
        : code === 'EACCES'
          ? message('refusal.port_forbidden', { port, host })
          : message('refusal.no_listen', { host, port, reason: text })
    logReason(log, reason, { code })
    return null
  }
}

/** Switchyard shows why a backend ended in the language of the panel. */
function logReason(log: BackendLog, said: Message, fields: Record<string, unknown> = {}): void {
  const { message: text, wording } = asText({ message: said })
  log.error(text, { ...fields, ...(wording && { wording }) })
}

interface Running {
  service: ModelService
  server: BackendServer
  host: ModelHost
  log: BackendLog
}

/** Orderly stop: drain, release the model, close the port. Runs once. */
function stopOnce({ service, server, host, log }: Running): (why: string) => Promise<void> {
  let stopping: Promise<void> | null = null
  const run = async (why: string) => {
    log.info(`stopping: ${why}`)
    const before = process.memoryUsage.rss()
    await service.drain()
    await host.release()
    await server.close()
    const toMiB = (bytes: number) => Math.round(bytes / 1024 ** 2)
    const after = process.memoryUsage.rss()
    log.info(`stopped; RAM ${toMiB(before)} MiB before and ${toMiB(after)} MiB after cleanup`)
  }
  return (why) => (stopping ??= run(why))
}

function installEndings(
  stop: (why: string) => Promise<void>,
  onConfigure: (change: { request_timeout: number }) => void,
  log: ProcessLog,
): void {
  const killSelf = () => {
    log.flush()
    process.kill(process.pid, 'SIGKILL')
  }
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
      if (signals > 1) killSelf()
      end(signal)
    })
  }
  onParentMessage((message) => {
    if ('shutdown' in message) end('asked by the control plane')
    else onConfigure(message.configure)
  })
  watchParent(process.env, () => {
    // SIGKILL: a native run in the worker thread turns exit() into an abort, or delays it.
    setTimeout(killSelf, PARENT_LOST_GRACE_MS).unref()
    end('the control plane has exited')
  })
  process.on('unhandledRejection', (error) => {
    log.error(
      `unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    process.exit(EXIT_CODES.internal)
  })
}

/** With polling every second, no process outlives its Switchyard by more than two. */
const PARENT_LOST_GRACE_MS = 800
