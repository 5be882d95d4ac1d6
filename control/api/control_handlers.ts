/** The methods of the ControlApi. A new one needs a row in protocol/control.ts and a handler here. */
import path from 'node:path'
import type { ControlMethod, ControlParams, ControlResult } from '../../protocol/control.ts'
import { ControlError, MessageError, saidBy } from '../../protocol/errors.ts'
import type { BackendAction } from '../../protocol/events.ts'
import { asText, message, messagesIn, quoted } from '../../protocol/messages.ts'
import { inspectModels } from '../models/inspect_models.ts'
import { isBuiltinName } from '../../protocol/builtin_backends.ts'
import { checkBuiltinModels } from '../../files/builtin_models.ts'
import { expandPath } from '../../config/expand.ts'
import { isNetworkPath } from '../../files/regular_file.ts'
import { readOnnxHeader } from '../../files/onnx_header.ts'
import { reloadModels } from '../models/reload_models.ts'
import { examinePort } from '../ports/examine_port.ts'
import type { Supervisor } from '../supervisor/supervisor.ts'
import type { ControlTarget } from './control_target.ts'

type SessionMethod = 'logs.follow' | 'logs.unfollow' | 'session.pause' | 'session.resume'
type PlaneMethod = Exclude<ControlMethod, SessionMethod>

export type ControlHandlers = {
  [M in PlaneMethod]: (params: ControlParams<M>) => ControlResult<M> | Promise<ControlResult<M>>
}

/** Handlers throw ControlError for what a caller can fix. */
export function createHandlers(target: ControlTarget): ControlHandlers {
  const { fleet, events, crashes, gateway, logs, telemetry, config } = target
  const act = (action: BackendAction, supervisors: readonly Supervisor[]) => {
    // First, so that its consequences are logged after it.
    const names = [...new Set(supervisors.map(({ id }) => id))]
    for (const backend of names) {
      target.note({
        kind: 'action',
        level: 'info',
        backend,
        action,
        ...message(`action.${action}`),
      })
    }
    for (const supervisor of supervisors) {
      if (action === 'start') supervisor.enable()
      else if (action === 'stop') supervisor.disable()
      else supervisor.restart()
    }
    return {}
  }
  const named = (name: string) => need(target, name)
  return {
    'plane.snapshot': () => target.snapshot(),
    'backends.start': ({ name }) => act('start', named(name)),
    'backends.stop': ({ name }) => act('stop', named(name)),
    'backends.restart': ({ name }) => act('restart', named(name)),
    'backends.start_all': () => act('start', fleet.all()),
    'backends.stop_all': () => act('stop', fleet.all()),
    'backends.history': ({ name }) => ({ samples: named(name).flatMap((one) => one.samples()) }),
    'logs.search': ({ query, limit }) => logs.search.query(query, { limit }),
    'logs.line': ({ seq }) => ({ line: logs.store.whole(seq) ?? null }),
    'logs.histogram': ({ query, buckets }) => logs.search.histogram(query, { buckets }),
    'logs.earlier': ({ query, limit }) => logs.earlier(query, limit),
    'logs.slowest': ({ query, limit, reads_files: readsFiles = false }) =>
      logs.slowest(query, { limit, readsFiles }),
    'logs.files': () => logs.files.view(),
    'metrics.query': ({ names, ...span }) => {
      const ids = names.flatMap((name) => named(name)).map(({ id }) => id)
      return telemetry.query(ids, span)
    },
    'events.list': (query) => events.list(query),
    'crashes.list': async ({ backend }) => ({ crashes: await crashes.list(backend) }),
    'crashes.get': async ({ id }) => {
      const card = await crashes.get(id)
      if (card === null) throw new ControlError('unknown_crash', message('call.no_crash', { id }))
      return { card }
    },
    'crashes.remove': async ({ id }) => {
      await crashes.remove(id)
      return {}
    },
    'quarantine.list': () => ({
      inputs: gateway.quarantine.list().map(({ backend, hash, crashes: times, isRefused }) => ({
        backend,
        sha256: hash,
        crashes: times,
        is_refused: isRefused,
      })),
    }),
    'quarantine.clear': ({ backend, sha256 }) => {
      const count = gateway.quarantine.clear(backend, sha256)
      target.note({
        kind: 'action',
        level: 'info',
        backend,
        ...message('action.released', { count }),
      })
      return {}
    },
    'models.inspect': async ({ name }) => ({ models: await inspectModels(modelsOf(target, name)) }),
    'models.profile': ({ name, model, runs }) => {
      const found = modelsOf(target, name).find((one) => one.name === model)
      if (found === undefined) {
        throw new ControlError('unknown_model', message('call.no_model', { name, model }))
      }
      return target.profiler.run(found, runs)
    },
    'models.reload': async ({ name }) => {
      for (const one of named(name))
        await reloadModels({ name: one.id, url: one.url, token: one.token })
      return {}
    },
    'trials.begin': async ({ name, section }) => {
      if (target.isClosing) throw new ControlError('closing', message('call.closing'))
      await target.trials.begin(name, section)
      return {}
    },
    'trials.view': () => ({ trial: target.trials.view() }),
    'trials.append': ({ upload, part }) => {
      target.trials.append(upload, part)
      return {}
    },
    'trials.send': ({ message, upload }) => target.trials.send(message, upload),
    'trials.end': async () => {
      await target.trials.end()
      return {}
    },
    'models.look': async ({ path: file }) => ({ header: await headerOf(file) }),
    'models.check': async ({ name }) => {
      const [one] = named(name)
      if (one?.config.runtime !== 'builtin' || !isBuiltinName(one.backend)) {
        throw new ControlError('no_model', message('call.not_builtin', { name }))
      }
      return checkBuiltinModels(target.rootDir, one.backend, one.config.precision)
    },
    'ports.look': async ({ host, port }) => ({
      report: await examinePort({ host, port, reserved: target.reservedPorts() }),
    }),
    'ports.examine': async ({ name }) => {
      const [one] = named(name)
      if (one === undefined)
        throw new ControlError('unknown_backend', message('call.no_port', { name }))
      const { host, port } = one.config
      const report = await examinePort({ host, port, reserved: target.reservedPorts() })
      const own = fleet.all().find(({ pid }) => pid !== null && pid === report.holder?.pid)
      if (own === undefined) return { report }
      const said = asText({
        sentence: message('port.own', { port, host, backend: own.id, pid: own.pid ?? 0 }),
        remedy: quoted(''),
        notes: messagesIn(report, 'notes'),
      })
      return { report: { ...report, ...said, suggestion: null } }
    },
    'token.replace': () => target.replaceToken(),
    'config.read': () => config.file(),
    'config.reload': async () => {
      await config.reload()
      return {}
    },
    'config.edit': ({
      text,
      edits,
      dry_run: isDryRun = false,
      at_next_start: atNextStart = false,
    }) => (isDryRun ? config.tryEdit(text, edits) : config.edit(text, edits, { atNextStart })),
  }
}

/** Header of a model that is not loaded yet, by its path as the configuration would name it. */
async function headerOf(file: string) {
  try {
    const typed = expandPath(file.trim())
    if (isNetworkPath(typed)) throw new MessageError(message('call.network', { file: typed }))
    return await readOnnxHeader(path.resolve(typed))
  } catch (error) {
    const reason = isMissingFile(error)
      ? message('call.no_file', { file: path.resolve(expandPath(file.trim())) })
      : saidBy(error)
    throw new ControlError('no_model', reason)
  }
}

function isMissingFile(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === 'ENOENT') || isMissingFile(error.cause)
}

function modelsOf(target: ControlTarget, name: string) {
  const [first] = need(target, name)
  const found = target.snapshot().backends.find((one) => one.name === first?.id)
  const isOurs = found?.runtime === 'builtin' || found?.runtime === 'onnx'
  // An external program may name any path: a pipe, a device, a network share.
  return (found?.models ?? []).map(({ path: file, ...model }) =>
    isOurs && file !== undefined && !isNetworkPath(file) ? { ...model, path: file } : model,
  )
}

function need({ fleet, isClosing }: ControlTarget, name: string): Supervisor[] {
  if (isClosing) throw new ControlError('closing', message('call.closing'))
  const found = fleet.find(name)
  if (found.length > 0) return found
  const known = fleet.backends.join(', ') || message('config.none_yet')
  throw new ControlError('unknown_backend', message('call.no_backend', { name, known }))
}
