/** `status`, `start`, `stop`, `restart`: the switches of the panel. */
import type { BackendView, Snapshot } from '../../protocol/control.ts'
import { CLI_EXIT_CODES, failed, misused } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import { columns, json, mebibytes, milliseconds } from './table.ts'

const SETTLED = ['ready', 'degraded', 'failed', 'backoff', 'disabled']

export const STATUS: Command = {
  name: 'status',
  usage: '[NAME]',
  summary: 'State of the backends: what runs, on what, how fast.',
  run: async (context) => {
    const { plane, backends } = await (await context.panel()).snapshotWhere(() => true)
    const [name] = context.args
    const shown = name === undefined ? backends : named(backends, name)
    if (context.isJson) {
      context.print(json(name === undefined ? { plane, backends } : { backends: shown }))
    } else {
      context.print(columns([HEAD, ...shown.map(rowOf)]))
      for (const { file, line, key, message } of plane.config.problems) {
        context.print(`config refused: ${file}:${line ?? 0}: ${key} ${message}\n`)
      }
    }
    return CLI_EXIT_CODES.ok
  },
}

const HEAD = ['NAME', 'STATE', 'PORT', 'PID', 'RUNS ON', 'P95', 'REQ/S', 'RAM', 'DETAIL']

function rowOf(one: BackendView): string[] {
  return [
    one.name,
    one.state,
    String(one.port),
    one.pid === null ? '-' : String(one.pid),
    one.provider ?? '-',
    milliseconds(one.latency_ms?.p95),
    one.requests_per_s === null ? '-' : one.requests_per_s.toFixed(1),
    one.rss_bytes === null ? '-' : mebibytes(one.rss_bytes),
    one.detail ?? '',
  ]
}

const WAIT_FLAGS = { all: 'boolean', 'no-wait': 'boolean' } as const

export const START: Command = {
  name: 'start',
  usage: 'NAME.. | --all [--no-wait]',
  summary: 'Switches backends on and waits until they are ready.',
  flags: WAIT_FLAGS,
  run: (context) =>
    switchAll(context, 'backends.start', ({ state }) => SETTLED.includes(state), isServing),
}

export const STOP: Command = {
  name: 'stop',
  usage: 'NAME.. | --all [--no-wait]',
  summary: 'Switches backends off, waits until they have ended, and says what that gave back.',
  flags: WAIT_FLAGS,
  run: (context) => switchAll(context, 'backends.stop', isOff, isOff),
}

export const RESTART: Command = {
  name: 'restart',
  usage: 'NAME.. [--no-wait]',
  summary: 'Stops and starts backends.',
  flags: { 'no-wait': 'boolean' },
  run: (context) =>
    switchAll(context, 'backends.restart', ({ state }) => SETTLED.includes(state), isServing),
}

const isServing = ({ state }: BackendView) => state === 'ready' || state === 'degraded'
const isOff = ({ state }: BackendView) => state === 'disabled'

async function switchAll(
  context: CommandContext,
  method: 'backends.start' | 'backends.stop' | 'backends.restart',
  isSettled: (one: BackendView) => boolean,
  isGood: (one: BackendView) => boolean,
): Promise<number> {
  const panel = await context.panel()
  const { backends } = await panel.snapshotWhere(() => true)
  const isAll = context.flags['all'] === true
  if (isAll === context.args.length > 0) {
    throw misused('name the backends, or say --all')
  }
  const before = isAll ? backends : context.args.flatMap((name) => named(backends, name))
  const ids = new Set(before.map(({ name }) => name))
  for (const { name } of before) await panel.call(method, { name })
  const of = ({ backends: now }: Snapshot) => now.filter(({ name }) => ids.has(name))
  if (context.flags['no-wait'] === true) {
    return report(context, of(await panel.snapshotWhere(() => true)), CLI_EXIT_CODES.ok)
  }
  const isFresh = (one: BackendView) => {
    const old = before.find(({ name }) => name === one.name)
    return method !== 'backends.restart' || one.pid !== old?.pid
  }
  // What was just asked for shows itself in the next snapshot.
  let first = true
  const settled = of(
    await panel.snapshotWhere((snapshot) => {
      if (first) {
        first = false
        return false
      }
      return of(snapshot).every((one) => isSettled(one) && isFresh(one))
    }),
  )
  return report(context, settled, settled.every(isGood) ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed)
}

function report(context: CommandContext, backends: readonly BackendView[], code: number): number {
  if (context.isJson) context.print(json({ backends }))
  else {
    for (const { name, state, provider, detail, last_stop: stop } of backends) {
      const about = stop?.sentence ?? detail ?? (provider === null ? '' : `on ${provider}`)
      context.print(`${name}: ${state}${about === '' ? '' : ` (${about})`}\n`)
    }
  }
  return code
}

/** By the name of the section, or of one replica. */
export function named(backends: readonly BackendView[], name: string): BackendView[] {
  const found = backends.filter((one) => one.backend === name || one.name === name)
  if (found.length > 0) return found
  const known = backends.map((one) => one.name).join(', ') || 'none is configured'
  throw failed(`there is no backend "${name}"; known: ${known}`)
}
