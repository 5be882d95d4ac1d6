/** `logs`: the newest lines; with -f also new ones. */
import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { setTimeout as wait } from 'node:timers/promises'
import { LOG_LEVELS, type LogLevel, type LogLine } from '../protocol/control.ts'
import type { LogQuery } from '../protocol/logs.ts'
import { lineToJson, lineToText } from '../control/logs/line_text.ts'
import { named } from './backends.ts'
import { wholeNumber, type AddCommand, type CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import type { Panel } from './panel.ts'
import { json } from './table.ts'

const LINES_MAX = 20_000
const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const OWN_SOURCES = ['supervisor', 'gateway']
/** Poll interval for new lines: short enough to feel immediate. */
const LOOK_MS = 300

interface LogOptions {
  follow?: true
  lines: number
  level?: LogLevel
  grep?: string
  since?: number
}

export const addLogs: AddCommand = (program, action) =>
  program
    .command('logs')
    .description('Print log lines.')
    .argument('[source...]', 'backends, "supervisor" or "gateway" (default: all)')
    .option('-f, --follow', 'keep printing new lines until Ctrl+C')
    .option(
      '-n, --lines <n>',
      'how many of the newest lines to print',
      wholeNumber(1, LINES_MAX),
      100,
    )
    .addOption(new Option('--level <level>', 'this level and above').choices(LOG_LEVELS))
    .option('--grep <regex>', 'lines that match')
    .option('--since <duration>', 'lines of the last 30s, 10m, 2h or 1d', spanMs)
    .action(action((context, sources, options) => logs(context, sources, options)))

async function logs(
  context: CommandContext,
  sources: readonly string[],
  options: LogOptions,
): Promise<number> {
  const panel = await context.panel()
  const query = { ...filterOf(options), ...(await sourcesOf(sources, panel)) }
  const { lines } = await panel.call('logs.search', { query, limit: options.lines })
  if (context.isJson && !options.follow) context.print(json({ lines }))
  else for (const line of lines) show(context, line)
  if (options.follow) await follow(context, panel, query, lines.at(-1)?.seq ?? -1)
  return CLI_EXIT_CODES.ok
}

/** Polls until Ctrl+C: only a search supports regular expressions, on its own thread. */
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

function filterOf({ level, grep, since }: LogOptions): LogQuery {
  return {
    ...(level === undefined ? {} : { levels: LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)) }),
    ...(grep === undefined ? {} : { pattern: grep, is_regex: true }),
    ...(since === undefined ? {} : { time_from: Date.now() - since }),
  }
}

async function sourcesOf(given: readonly string[], panel: Panel): Promise<LogQuery> {
  if (given.length === 0) return {}
  const { backends } = await panel.refresh()
  const idsOf = (name: string) => named(backends, name).map((one) => one.name)
  return { sources: given.flatMap((name) => (OWN_SOURCES.includes(name) ? [name] : idsOf(name))) }
}

function spanMs(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
  throw new InvalidArgumentError('Use a duration such as 30s, 10m, 2h or 1d.')
}
