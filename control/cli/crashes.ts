/** `crashes`: the crash cards, for reading and for giving away. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { summaryOf } from '../../protocol/crash.ts'
import { CrashStore } from '../crash/crash_store.ts'
import { exportBundle } from '../crash/export_bundle.ts'
import { stateLayout } from '../state_dir.ts'
import { CLI_EXIT_CODES, failed, misused } from './cli_error.ts'
import { textFlag, type Command, type CommandContext } from './command.ts'
import { columns, json } from './table.ts'

export const CRASHES: Command = {
  name: 'crashes',
  usage: '[list [BACKEND] | show ID | export ID [-o FILE]]',
  summary: 'Crash cards: a list, one in full, or one as a ZIP without names, paths and tokens.',
  flags: { output: 'string' },
  run: async (context) => {
    const [action = 'list', subject] = context.args
    const store = new CrashStore({
      folder: stateLayout(context.stateDir).crashes,
      warn: (message) => {
        process.stderr.write(`${message}\n`)
      },
      now: Date.now,
    })
    if (action === 'list') return list(context, await store.list(subject))
    if (action !== 'show' && action !== 'export') {
      throw misused(`crashes "${action}" is unknown; use list, show or export`)
    }
    if (subject === undefined) throw misused(`crashes ${action} ID; \`crashes list\` tells the ids`)
    const card = await store.get(subject)
    if (card === null) throw failed(`there is no crash card "${subject}"; see \`crashes list\``)
    if (action === 'show') {
      context.print(json(context.isJson ? card : { ...summaryOf(card), log: card.log.slice(-20) }))
      return CLI_EXIT_CODES.ok
    }
    const { fileName, bytes } = exportBundle(card)
    const file = path.resolve(textFlag(context, 'output') ?? fileName)
    await writeFile(file, bytes)
    context.print(context.isJson ? json({ file }) : `${file}\n`)
    return CLI_EXIT_CODES.ok
  },
}

function list(context: CommandContext, crashes: Awaited<ReturnType<CrashStore['list']>>): number {
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
