/** `crashes`: the crash cards, for reading and for giving away. Of the running panel, else those in the state folder. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { summaryOf, type CrashCard, type CrashSummary } from '../protocol/crash.ts'
import { indentLines, printable, printableLines } from '../protocol/printable.ts'
import { CrashStore } from '../control/crash/crash_store.ts'
import { exportBundle } from '../control/crash/export_bundle.ts'
import { stateLayout } from '../control/state_dir.ts'
import { failed, misused } from './cli_error.ts'
import { textFlag, type Command, type CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { columns, json } from './table.ts'

/** Log lines that `show` prints; `export` and `--json` have all. */
const SHOWN_LINES_MAX = 20

export const CRASHES: Command = {
  name: 'crashes',
  usage: '[list [BACKEND] | show ID | export ID [-o FILE]]',
  summary: 'Crash cards: a list, one in full, or one as a ZIP without names, paths and tokens.',
  flags: { output: 'string' },
  run: async (context) => {
    const [action = 'list', subject] = context.args
    const cards = await sourceOf(context)
    if (action === 'list') return list(context, await cards.list(subject))
    if (action !== 'show' && action !== 'export') {
      throw misused(`crashes "${action}" is unknown; use list, show or export`)
    }
    if (subject === undefined) throw misused(`crashes ${action} ID; \`crashes list\` shows the ids`)
    const card = await cards.get(subject)
    if (card === null) throw failed(`there is no crash card "${subject}"; see \`crashes list\``)
    if (action === 'show') {
      context.print(context.isJson ? json(card) : cardInWords(card))
      return CLI_EXIT_CODES.ok
    }
    return exportCard(context, card)
  },
}

interface CardSource {
  /** Newest first. */
  list(backend: string | undefined): Promise<CrashSummary[]>
  get(id: string): Promise<CrashCard | null>
}

async function sourceOf(context: CommandContext): Promise<CardSource> {
  const panel = await context.panelIfAny()
  if (panel === null) {
    return new CrashStore({
      folder: stateLayout(context.stateDir).crashes,
      warn: (message) => {
        context.note(`${printable(message)}\n`)
      },
      now: Date.now,
    })
  }
  return {
    list: async (backend) => {
      const { crashes } = await panel.call('crashes.list', backend === undefined ? {} : { backend })
      return crashes
    },
    get: async (id) => (await panel.call('crashes.get', { id })).card,
  }
}

function list(context: CommandContext, crashes: readonly CrashSummary[]): number {
  if (context.isJson) context.print(json({ crashes }))
  else if (crashes.length === 0) context.print('No crash is on record.\n')
  else {
    const rows = crashes.map(({ id, backend, words, cause }) => [
      id,
      backend,
      cause?.cause ?? words,
    ])
    context.print(columns([['ID', 'BACKEND', 'WHAT'], ...rows]))
  }
  return CLI_EXIT_CODES.ok
}

async function exportCard(context: CommandContext, card: CrashCard): Promise<number> {
  const { fileName, bytes } = exportBundle(card)
  const file = path.resolve(textFlag(context, 'output') ?? fileName)
  try {
    await writeFile(file, bytes)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw failed(`${file} cannot be written (${code}); name another with -o FILE`)
  }
  context.print(context.isJson ? json({ file }) : `${file}\n`)
  return CLI_EXIT_CODES.ok
}

function cardInWords(card: CrashCard): string {
  const { id, backend, time, words, phase, attempt, uptime_ms: uptimeMs, cause } = summaryOf(card)
  const shown = card.log.slice(-SHOWN_LINES_MAX)
  const age = uptimeMs === null ? 'it was never started' : `${(uptimeMs / 1000).toFixed(1)} s old`
  return [
    `${id}: ${backend}, ${new Date(time).toISOString()}`,
    `${printable(card.kill_reason ?? words)} (${phase}, try ${attempt}, ${age})`,
    cause === null
      ? 'No cause is proven.'
      : printable(`Likely cause: ${cause.cause} ${cause.remedy}`),
    `In flight: ${card.in_flight.length + card.in_flight_omitted} requests`,
    `The last ${shown.length} of ${card.log.length + card.log_omitted} log lines:`,
    ...shown.map(
      ({ level, message }) => `  ${level.padEnd(5)} ${indentLines(printableLines(message))}`,
    ),
    '',
  ].join('\n')
}
