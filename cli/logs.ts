/** `logs`: the newest lines, and with -f those that come. */
import { setTimeout as wait } from 'node:timers/promises'
import { LOG_LEVELS, type LogLevel, type LogLine } from '../protocol/control.ts'
import type { LogQuery } from '../protocol/logs.ts'
import { lineToJson, lineToText } from '../control/logs/line_text.ts'
import { named } from './backends.ts'
import { misused } from './cli_error.ts'
import { textFlag, type Command, type CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import type { Panel } from './panel.ts'
import { json } from './table.ts'

const LINES_DEFAULT = 100
const LINES_MAX = 20_000
const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** The control plane's own lines. */
const OWN_SOURCES = ['supervisor', 'gateway']
/** Poll interval for new lines: short enough to feel immediate. */
const LOOK_MS = 300

export const LOGS: Command = {
  name: 'logs',
  usage: '[NAME..] [-f] [-n 100] [--level warn] [--grep REGEX] [--since 10m]',
  summary:
    'Log lines of all backends or of some, also supervisor and gateway; -f goes on with those that come.',
  flags: { follow: 'boolean', lines: 'string', level: 'string', grep: 'string', since: 'string' },
  run: async (context) => {
    const limit = limitOf(textFlag(context, 'lines'))
    const filter = filterOf(context)
    const panel = await context.panel()
    const query = { ...filter, ...(await sourcesOf(context, panel)) }
    const { lines } = await panel.call('logs.search', { query, limit })
    const isFollowed = context.flags['follow'] === true
    if (context.isJson && !isFollowed) context.print(json({ lines }))
    else for (const line of lines) show(context, line)
    if (isFollowed) await follow(context, panel, query, lines.at(-1)?.seq ?? -1)
    return CLI_EXIT_CODES.ok
  },
}

/** Until Ctrl+C. Searches again and again: only a search takes a regular expression, since it runs on a separate thread. */
async function follow(
  context: CommandContext,
  panel: Panel,
  query: LogQuery,
  firstSeq: number,
): Promise<void> {
  let afterSeq = firstSeq
  try {
    for (;;) {
      await wait(LOOK_MS, undefined, { signal: context.signal })
      const { lines, matched } = await panel.call('logs.search', {
        query: { ...query, after_seq: afterSeq },
        limit: LINES_MAX,
      })
      const omitted = matched - lines.length
      if (omitted > 0) context.note(`${omitted} lines came too fast and are left out\n`)
      for (const line of lines) show(context, line)
      afterSeq = lines.at(-1)?.seq ?? afterSeq
    }
  } catch (error) {
    if (!context.signal.aborted) throw error
  }
}

function show({ isJson, print }: CommandContext, line: LogLine): void {
  print(`${isJson ? lineToJson(line) : lineToText(line)}\n`)
}

function filterOf(context: CommandContext): LogQuery {
  const levels = levelsFrom(textFlag(context, 'level'))
  const pattern = textFlag(context, 'grep')
  const spanMs = spanOf(textFlag(context, 'since'))
  return {
    ...(levels === null ? {} : { levels }),
    ...(pattern === undefined ? {} : { pattern, is_regex: true }),
    ...(spanMs === null ? {} : { time_from: Date.now() - spanMs }),
  }
}

async function sourcesOf({ args }: CommandContext, panel: Panel): Promise<LogQuery> {
  if (args.length === 0) return {}
  const { backends } = await panel.refresh()
  const idsOf = (name: string) => named(backends, name).map((one) => one.name)
  return { sources: args.flatMap((name) => (OWN_SOURCES.includes(name) ? [name] : idsOf(name))) }
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? LINES_DEFAULT)
  if (Number.isInteger(limit) && limit >= 1 && limit <= LINES_MAX) return limit
  throw misused(`-n "${text}" is not a number of lines; use 1 to ${LINES_MAX}`)
}

/** That level and those above it. */
function levelsFrom(text: string | undefined): LogLevel[] | null {
  if (text === undefined) return null
  const index = (LOG_LEVELS as readonly string[]).indexOf(text)
  if (index >= 0) return LOG_LEVELS.slice(index)
  throw misused(`--level "${text}" is unknown; use one of: ${LOG_LEVELS.join(', ')}`)
}

function spanOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
  throw misused(`--since "${text}" is not a duration; use one such as 30s, 10m, 2h or 1d`)
}
