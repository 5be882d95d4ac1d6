/** `config check | get | set | unset`: the file, with its comments kept. Works without a panel. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { editConfig, type ConfigEdit } from '../../config/edit.ts'
import { loadConfig } from '../../config/load.ts'
import { writeConfigFile } from '../../config/write_file.ts'
import type { ConfigProblem } from '../../protocol/config.ts'
import { CLI_EXIT_CODES, failed, misused } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import { json } from './table.ts'

export const CONFIG: Command = {
  name: 'config',
  usage: 'check [FILE] | get BACKEND [KEY] | set BACKEND KEY VALUE | unset BACKEND KEY',
  summary: 'Checks, reads and changes models.yaml; comments and order stay.',
  run: async (context) => {
    const [action, ...rest] = context.args
    switch (action) {
      case 'check':
        return check(context, rest[0])
      case 'get':
        return get(context, rest)
      case 'set':
      case 'unset':
        return change(context, action, rest)
      default:
        throw misused(`config "${action ?? ''}" is unknown; use check, get, set or unset`)
    }
  },
}

function check(context: CommandContext, given: string | undefined): number {
  const file = given === undefined ? context.configFile : path.resolve(given)
  const loaded = loadConfig(file)
  const problems = loaded.ok ? [] : loaded.problems
  if (context.isJson) context.print(json({ file, ok: loaded.ok, problems }))
  else if (loaded.ok) {
    const names = Object.keys(loaded.config.model_backends).join(', ')
    context.print(`${file} is good: ${names || 'no backends'}\n`)
  } else context.print(wordsOf(problems))
  return loaded.ok ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

const wordsOf = (problems: readonly ConfigProblem[]) =>
  problems
    .map(({ file, line, key, message, remedy }) => {
      const place = line === null ? file : `${file}:${line}`
      return `${place}: ${key === '' ? '' : `${key} `}${message}; ${remedy}\n`
    })
    .join('')

function get(context: CommandContext, [backend, key]: readonly string[]): number {
  if (backend === undefined) throw misused('config get BACKEND [KEY]')
  const loaded = loadConfig(context.configFile)
  if (!loaded.ok) throw failed(wordsOf(loaded.problems).trimEnd())
  const section = loaded.config.model_backends[backend]
  if (section === undefined) {
    const known = Object.keys(loaded.config.model_backends).join(', ') || 'none'
    throw failed(`there is no backend "${backend}"; known: ${known}`)
  }
  const value = key === undefined ? section : valueAt(section, key)
  context.print(json(value ?? null))
  return CLI_EXIT_CODES.ok
}

async function change(
  context: CommandContext,
  action: 'set' | 'unset',
  [backend, key, value]: readonly string[],
): Promise<number> {
  if (backend === undefined || key === undefined || (action === 'set' && value === undefined)) {
    throw misused('config set BACKEND KEY VALUE, or config unset BACKEND KEY')
  }
  const keyPath = key.split('.') as [string, ...string[]]
  const edit: ConfigEdit =
    action === 'set'
      ? { edit: 'set', backend, path: keyPath, value: valueOf(value ?? '') }
      : { edit: 'unset', backend, path: keyPath }
  const { problems } = await apply(context, edit)
  if (context.isJson) context.print(json({ ok: problems.length === 0, problems }))
  else if (problems.length > 0) context.print(wordsOf(problems))
  else context.print(`${backend}: ${key} is ${action === 'set' ? value : 'at its default'} now\n`)
  return problems.length === 0 ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

/** Through the panel when one runs, which knows its own port; else on the file itself. */
async function apply(
  context: CommandContext,
  edit: ConfigEdit,
): Promise<{ problems: ConfigProblem[] }> {
  const panel = await context.panelIfAny()
  if (panel !== null) {
    const { text } = await panel.call('config.read', {})
    return panel.call('config.edit', { text, edits: [edit] })
  }
  const file = context.configFile
  const text = readFileSync(file, 'utf8')
  const edited = editConfig(text, [edit], { file })
  if (!edited.ok) return edited
  const written = await writeConfigFile(file, edited.text, text)
  return { problems: written.ok ? [] : [written.problem] }
}

/** `12`, `true` and `[cuda, cpu]` as JSON would have them; everything else is text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function valueAt(section: unknown, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[part]
          : undefined,
      section,
    )
}
