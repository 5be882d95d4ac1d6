/** `config`: the file, with its comments kept. Only `reload` needs a panel. */
import path from 'node:path'
import { parse } from 'yaml'
import { problemsBeforeStart } from '../config/before_start.ts'
import { editConfig, type ConfigEdit } from '../config/edit.ts'
import { writeConfigFile } from '../config/write_file.ts'
import { CONFIG_KEYS, type ConfigProblem } from '../protocol/config.ts'
import type { EditEffect } from '../protocol/config_edits.ts'
import { configKeyRows, EFFECT_TEXTS } from '../protocol/config_keys.ts'
import { printableLines } from '../protocol/printable.ts'
import { startPlace } from '../control/launcher/start_place.ts'
import { failed, misused } from './cli_error.ts'
import type { Command, CommandContext } from './command.ts'
import {
  configFrom,
  configSource,
  loadFrom,
  problemsInWords,
  sectionOf,
  type ConfigSource,
} from './config_source.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { json } from './table.ts'

export const CONFIG: Command = {
  name: 'config',
  usage:
    'check [FILE] | reload | get BACKEND [KEY] | set BACKEND KEY VALUE | unset BACKEND KEY | keys',
  summary:
    'Checks, reads and changes models.yaml; comments and order stay. KEY may be options.max_faces.',
  details: ([action]) => (action === 'set' ? `Keys:\n${keysText()}\n` : ''),
  run: async (context) => {
    const [action, ...rest] = context.args
    switch (action) {
      case 'check':
        return check(context, rest[0])
      case 'reload':
        return reload(context)
      case 'get':
        return get(context, rest)
      case 'set':
      case 'unset':
        return change(context, action, rest)
      case 'keys':
        context.print(context.isJson ? json(configKeyRows()) : keysText())
        return CLI_EXIT_CODES.ok
      default:
        throw misused(
          `config "${action ?? ''}" is unknown; use check, reload, get, set, unset or keys`,
        )
    }
  },
}

async function check(context: CommandContext, given: string | undefined): Promise<number> {
  const source = await configSource(context, given === undefined ? given : path.resolve(given))
  const { file } = source
  const loaded = await loadFrom(source)
  const problems = loaded.ok
    ? problemsBeforeStart(loaded.config, source, startPlace(context.rootDir))
    : loaded.problems
  const isGood = problems.length === 0
  if (context.isJson) context.print(json({ file, ok: isGood, problems }))
  else if (loaded.ok && isGood) {
    const names = Object.keys(loaded.config.model_backends).join(', ')
    context.print(`${file} is good: ${names || 'no backends'}\n`)
  } else context.print(problemsInWords(problems))
  return isGood ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

/** The panel notices a change by itself within seconds; this reads the file when it seems not to have. */
async function reload(context: CommandContext): Promise<number> {
  const panel = await context.panel()
  await panel.call('config.reload', {})
  const { plane } = await panel.refresh()
  const { file, problems } = plane.config
  const ok = problems.length === 0
  if (context.isJson) context.print(json({ file, ok, problems }))
  else context.print(ok ? `${file} was read again\n` : problemsInWords(problems))
  return ok ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

async function get(context: CommandContext, [backend, key]: readonly string[]): Promise<number> {
  if (backend === undefined) throw misused('name the backend: config get BACKEND [KEY]')
  const section = sectionOf(await configFrom(await configSource(context)), backend)
  const value = key === undefined ? section : valueAt(section, key)
  // A script wants `localhost`, and JSON only where it asked for it.
  const isBare = typeof value === 'string' && !context.isJson
  context.print(isBare ? `${printableLines(value)}\n` : json(value ?? null))
  return CLI_EXIT_CODES.ok
}

async function change(
  context: CommandContext,
  action: 'set' | 'unset',
  [backend, key, value]: readonly string[],
): Promise<number> {
  if (backend === undefined || key === undefined || (action === 'set' && value === undefined)) {
    throw misused('use config set BACKEND KEY VALUE, or config unset BACKEND KEY')
  }
  const keyPath = key.split('.') as [string, ...string[]]
  const edit: ConfigEdit =
    action === 'set'
      ? {
          edit: 'set',
          backend,
          path: keyPath,
          value: keyPath[0] === 'env' && keyPath.length === 2 ? value : valueOf(value ?? ''),
        }
      : { edit: 'unset', backend, path: keyPath }
  const source = await configSource(context)
  const { problems, effects } = await apply(source, edit)
  const isDone = problems.length === 0
  if (context.isJson) context.print(json({ file: source.file, ok: isDone, problems, effects }))
  else if (!isDone) context.print(problemsInWords(problems))
  else {
    const now = action === 'set' ? (value ?? '') : 'at its default'
    const results = effects.map(({ effect }) => `; ${EFFECT_TEXTS[effect]}`).join('')
    context.print(`${backend}: ${key} is now ${now}${results}\n`)
  }
  return isDone ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

interface Outcome {
  problems: ConfigProblem[]
  effects: EditEffect[]
}

/** Through a running panel, which returns the effect on the backends; else directly on the file. */
async function apply({ file, text, panel }: ConfigSource, edit: ConfigEdit): Promise<Outcome> {
  if (panel !== null) return panel.call('config.edit', { text, edits: [edit] })
  const edited = editConfig(text, [edit], { file })
  if (!edited.ok) return { problems: edited.problems, effects: [] }
  const written = await writeConfigFile(file, edited.text, text)
  return { problems: written.ok ? [] : [written.problem], effects: [] }
}

/** Each key with its values, its default and what a change does, and its description on a separate line. */
function keysText(): string {
  const lines = configKeyRows().map(({ key, values, default: fallback, effect, meaning }) => {
    const facts = [values, ...(fallback === '' ? [] : [`default ${fallback}`]), effect]
    return `  ${key}: ${facts.join('; ')}\n      ${meaning}\n`
  })
  return lines.join('').replaceAll('`', '')
}

/** As it would read in the file: `12`, `true`, `[cuda, cpu]`. Invalid YAML is text. */
function valueOf(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch {
    return text
  }
}

/** undefined for a key that is not set and has no default. Throws CliError for one that the configuration does not know. */
function valueAt(section: Readonly<Record<string, unknown>>, key: string): unknown {
  const [first = '', ...rest] = key.split('.')
  if (!CONFIG_KEYS.some((known) => known === first)) {
    throw failed(`there is no key "${first}"; known: ${CONFIG_KEYS.join(', ')}`)
  }
  return rest.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[part]
        : undefined,
    section[first],
  )
}
