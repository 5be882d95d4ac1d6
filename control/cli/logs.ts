/** `logs`: the newest lines, and with -f those that come. */
import { LOG_LEVELS, type LogLevel, type LogLine } from '../../protocol/control.ts'
import { lineToText } from '../logs/line_text.ts'
import { CLI_EXIT_CODES, misused } from './cli_error.ts'
import { textFlag, type Command, type CommandContext } from './command.ts'

const LINES_DEFAULT = 100
const LINES_MAX = 20_000
const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export const LOGS: Command = {
  name: 'logs',
  usage: '[NAME..] [-f] [-n 100] [--level warn] [--grep REGEX] [--since 10m]',
  summary: 'Log lines of all backends or of some; -f goes on with those that come.',
  flags: { follow: 'boolean', lines: 'string', level: 'string', grep: 'string', since: 'string' },
  run: async (context) => {
    const panel = await context.panel()
    const limit = limitOf(textFlag(context, 'lines'))
    const levels = levelsFrom(textFlag(context, 'level'))
    const pattern = textFlag(context, 'grep')
    const since = sinceMs(textFlag(context, 'since'))
    const query = {
      ...(context.args.length === 0 ? {} : { sources: [...context.args] }),
      ...(levels === null ? {} : { levels }),
      ...(pattern === undefined ? {} : { pattern, is_regex: true }),
      ...(since === null ? {} : { time_from: Date.now() - since }),
    }
    const { lines } = await panel.call('logs.search', { query, limit })
    for (const line of lines) show(context, line)
    if (context.flags['follow'] !== true) return CLI_EXIT_CODES.ok
    let afterSeq = lines.at(-1)?.seq ?? -1
    while (!context.signal.aborted) {
      await pause(context.signal)
      const found = await panel.call('logs.search', {
        query: { ...query, after_seq: afterSeq },
        limit: LINES_MAX,
      })
      for (const line of found.lines) show(context, line)
      afterSeq = found.lines.at(-1)?.seq ?? afterSeq
    }
    return CLI_EXIT_CODES.ok
  },
}

function show({ isJson, print }: CommandContext, line: LogLine): void {
  print(isJson ? `${JSON.stringify(line)}\n` : `${lineToText(line)}\n`)
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? LINES_DEFAULT)
  if (Number.isInteger(limit) && limit >= 1 && limit <= LINES_MAX) return limit
  throw misused(`-n "${text}" is no number of lines; use 1 to ${LINES_MAX}`)
}

/** That level and those above it. */
function levelsFrom(text: string | undefined): LogLevel[] | null {
  if (text === undefined) return null
  const index = (LOG_LEVELS as readonly string[]).indexOf(text)
  if (index >= 0) return LOG_LEVELS.slice(index)
  throw misused(`--level "${text}" is unknown; use one of: ${LOG_LEVELS.join(', ')}`)
}

function sinceMs(text: string | undefined): number | null {
  if (text === undefined) return null
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
  throw misused(`--since "${text}" is no span; use one such as 30s, 10m, 2h or 1d`)
}

const LOOK_MS = 300
const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LOOK_MS)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
