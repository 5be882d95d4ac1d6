import { isServingState, type BackendView, type Snapshot } from '../protocol/control.ts'
import { printable } from '../protocol/printable.ts'
import { failed, misused } from './cli_error.ts'
import type { AddCommand, CommandContext } from './command.ts'
import { problemsText } from './config_source.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { coloured, columns, json, mebibytes, milliseconds } from './table.ts'

export const addStatus: AddCommand = (program, action) =>
  program
    .command('status')
    .description('Show the state, execution provider, latency and memory of backends.')
    .argument('[name]', 'a backend, or one of its replicas')
    .action(action((context, name) => status(context, name)))

async function status(context: CommandContext, name: string | undefined): Promise<number> {
  const { plane, backends } = await (await context.panel()).refresh()
  const shown = name === undefined ? backends : named(backends, name)
  if (context.isJson) {
    context.print(json(name === undefined ? { plane, backends } : { backends: shown }))
  } else {
    context.print(columns([HEAD, ...shown.map(rowOf)]))
    const { problems } = plane.config
    if (problems.length > 0) context.note(`config refused:\n${problemsText(problems)}`)
  }
  return CLI_EXIT_CODES.ok
}

const HEAD = ['NAME', 'STATE', 'PORT', 'PID', 'RUNS ON', 'P95', 'REQ/S', 'RAM', 'GPU', 'DETAIL']

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
    one.pid === null ? '-' : mebibytes(one.gpu_bytes),
    one.detail ?? '',
  ]
}

interface Switch {
  method: 'backends.start' | 'backends.stop' | 'backends.restart'
  description: string
  isSettled: (one: BackendView) => boolean
  isGood: (one: BackendView) => boolean
}

const addSwitch =
  (name: string, wanted: Switch): AddCommand =>
  (program, action) =>
    program
      .command(name)
      .description(wanted.description)
      .argument('[name...]', 'backends, or replicas of them')
      .option('--all', 'every configured backend')
      .option('--no-wait', 'return as soon as Switchyard has accepted the command')
      .action(action((context, names, options) => switchAll(context, wanted, names, options)))

const isServing = ({ state }: BackendView) => isServingState(state)
const isOff = ({ state }: BackendView) => state === 'disabled'
/** Off counts as failed: it was switched off elsewhere. */
const hasFailed = ({ state }: BackendView) => state === 'failed' || state === 'unreachable'
/** The start has finished; backoff still retries. */
const hasCome = (one: BackendView) => isServing(one) || isOff(one) || hasFailed(one)

export const addStart = addSwitch('start', {
  method: 'backends.start',
  description: 'Start backends and wait until each is ready, has failed or cannot be reached.',
  isSettled: hasCome,
  isGood: isServing,
})
export const addStop = addSwitch('stop', {
  method: 'backends.stop',
  description: 'Stop backends, wait until they have exited, and report what was freed.',
  // Stop waiting if it is switched on again.
  isSettled: (one) => isOff(one) || one.wanted,
  isGood: isOff,
})
export const addRestart = addSwitch('restart', {
  method: 'backends.restart',
  description: 'Stop and start backends, and wait as `start` does.',
  isSettled: hasCome,
  isGood: isServing,
})

async function switchAll(
  context: CommandContext,
  { method, isSettled, isGood }: Switch,
  given: readonly string[],
  { all, wait }: { all?: true; wait: boolean },
): Promise<number> {
  if ((all === true) === given.length > 0) throw misused('name the backends, or say --all')
  const panel = await context.panel()
  const { backends } = await panel.refresh()
  const meant = all === true ? backends : given.flatMap((name) => named(backends, name))
  const names = new Set(meant.map(({ name }) => name))
  for (const name of names) await panel.call(method, { name })
  await panel.refresh()
  const of = ({ backends: now }: Snapshot) => now.filter(({ name }) => names.has(name))
  const noteTries = triesNoted(context)
  const outcome = of(
    await panel.snapshotWhere((snapshot) => {
      if (!wait) return true
      noteTries(of(snapshot))
      return of(snapshot).every(isSettled)
    }),
  )
  report(context, outcome)
  // Backends removed by a new configuration do not count.
  const isDone = outcome.length === names.size && outcome.every(isGood)
  return !wait || isDone ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

/** Prints the reason of each failed attempt; the next one may take a minute. */
function triesNoted({ note }: CommandContext): (backends: readonly BackendView[]) => void {
  const noted = new Set<string>()
  return (backends) => {
    for (const { name, state, detail, attempt } of backends) {
      const key = `${name} ${attempt}`
      if (state !== 'backoff' || noted.has(key)) continue
      noted.add(key)
      note(`${name}: ${printable(detail ?? 'it ended')}; the next try is waited for\n`)
    }
  }
}

function report(context: CommandContext, backends: readonly BackendView[]): void {
  if (context.isJson) {
    context.print(json({ backends }))
    return
  }
  for (const { name, state, provider, detail, last_stop: stop } of backends) {
    const about = stop?.sentence ?? detail ?? (provider === null ? '' : `on ${provider}`)
    context.print(`${name}: ${coloured(state)}${about === '' ? '' : ` (${printable(about)})`}\n`)
  }
}

export function named(backends: readonly BackendView[], name: string): BackendView[] {
  const found = backends.filter((one) => one.backend === name || one.name === name)
  if (found.length > 0) return found
  const known = backends.map((one) => one.name).join(', ') || 'none is configured'
  throw failed(`there is no backend "${name}"; known: ${known}`)
}
