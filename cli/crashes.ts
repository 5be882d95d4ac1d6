/** `crashes`: crash cards of the running panel, or from the state folder. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { summaryOf, type CrashCard, type CrashSummary } from '../protocol/crash.ts'
import { indentLines, printable, printableLines } from '../protocol/printable.ts'
import { CrashStore } from '../control/crash/crash_store.ts'
import { exportBundle } from '../control/crash/export_bundle.ts'
import { stateLayout } from '../control/state_dir.ts'
import { failed } from './cli_error.ts'
import type { AddCommand, CommandContext } from './command.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { columns, json } from './table.ts'

/** Log lines that `show` prints; `export` and `--json` have all. */
const SHOWN_LINES_MAX = 20

export const addCrashes: AddCommand = (program, action) => {
  const crashes = program.command('crashes').description('List, show and export crash cards.')
  crashes
    .command('list', { isDefault: true })
    .description('List the crash cards, newest first.')
    .argument('[backend]', 'only those of this backend')
    .action(action((context, backend) => list(context, backend)))
  crashes
    .command('show')
    .description('Print a crash card.')
    .argument('<id>', 'as listed')
    .action(
      action(async (context, id) => {
        const card = await cardOf(context, id)
        context.print(context.isJson ? json(card) : cardText(card))
        return CLI_EXIT_CODES.ok
      }),
    )
  crashes
    .command('export')
    .description('Write a crash card to a ZIP file, without names, paths and tokens.')
    .argument('<id>', 'as listed')
    .option('-o, --output <file>', 'the file to write (default: named after the card)')
    .action(action((context, id, { output }) => exportCard(context, id, output)))
}

interface CardSource {
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

async function cardOf(context: CommandContext, id: string): Promise<CrashCard> {
  const card = await (await sourceOf(context)).get(id)
  if (card === null) throw failed(`there is no crash card "${id}"; see \`crashes list\``)
  return card
}

async function list(context: CommandContext, backend: string | undefined): Promise<number> {
  const crashes = await (await sourceOf(context)).list(backend)
  if (context.isJson) context.print(json({ crashes }))
  else if (crashes.length === 0) context.print('No crashes on record.\n')
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

async function exportCard(
  context: CommandContext,
  id: string,
  output: string | undefined,
): Promise<number> {
  const { fileName, bytes } = exportBundle(await cardOf(context, id))
  const file = path.resolve(output ?? fileName)
  try {
    await writeFile(file, bytes)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw failed(`${file} cannot be written (${code}); name another with -o FILE`)
  }
  context.print(context.isJson ? json({ file }) : `${file}\n`)
  return CLI_EXIT_CODES.ok
}

function cardText(card: CrashCard): string {
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
