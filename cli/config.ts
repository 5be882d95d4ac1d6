/** `config`: edits the file, keeping comments. Only `reload` needs a panel. */
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
import { failed } from './cli_error.ts'
import type { AddCommand, CommandContext } from './command.ts'
import {
  configFrom,
  configSource,
  loadFrom,
  problemsText,
  sectionOf,
  type ConfigSource,
} from './config_source.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'
import { json } from './table.ts'

export const addConfig: AddCommand = (program, action) => {
  const config = program
    .command('config')
    .description('Check, read and change models.yaml; comments and order stay.')
  config
    .command('check')
    .description('Report every problem of the configuration.')
    .argument('[file]', 'instead of the file that is in use')
    .action(action((context, file) => check(context, file)))
  config
    .command('reload')
    .description('Read the configuration again now. Changes are usually noticed within seconds.')
    .action(action((context) => reload(context)))
  config
    .command('get')
    .description('Print the settings of a backend, or one of them.')
    .argument('<backend>')
    .argument('[key]', KEY)
    .action(action((context, backend, key) => get(context, backend, key)))
  config
    .command('set')
    .description('Set a key of a backend.')
    .argument('<backend>')
    .argument('<key>', KEY)
    .argument('<value>', 'as it reads in the file: 12, true, [cuda, cpu]')
    .addHelpText('after', () => `\nKeys:\n${keysText()}`)
    .action(
      action((context, backend, key, value) => {
        const path = pathOf(key)
        const isText = path[0] === 'env' && path.length === 2
        const edit = { backend, path, value: isText ? value : valueOf(value) }
        return change(context, { edit: 'set', ...edit }, value)
      }),
    )
  config
    .command('unset')
    .description('Remove a key of a backend, which then has its default.')
    .argument('<backend>')
    .argument('<key>', KEY)
    .action(
      action((context, backend, key) =>
        change(context, { edit: 'unset', backend, path: pathOf(key) }, 'at its default'),
      ),
    )
  config
    .command('keys')
    .description('List the keys of a backend.')
    .action(
      action((context) => {
        context.print(context.isJson ? json(configKeyRows()) : keysText())
        return Promise.resolve(CLI_EXIT_CODES.ok)
      }),
    )
}

const KEY = 'such as request_timeout or options.max_faces'
const pathOf = (key: string) => key.split('.') as [string, ...string[]]

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
  } else context.print(problemsText(problems))
  return isGood ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

/** Reads the file now, in case the panel's file watch missed a change. */
async function reload(context: CommandContext): Promise<number> {
  const panel = await context.panel()
  await panel.call('config.reload', {})
  const { plane } = await panel.refresh()
  const { file, problems } = plane.config
  const ok = problems.length === 0
  if (context.isJson) context.print(json({ file, ok, problems }))
  else context.print(ok ? `${file} was read again\n` : problemsText(problems))
  return ok ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

async function get(
  context: CommandContext,
  backend: string,
  key: string | undefined,
): Promise<number> {
  const section = sectionOf(await configFrom(await configSource(context)), backend)
  const value = key === undefined ? section : valueAt(section, key)
  // Scripts expect `localhost`, and JSON only with --json.
  const isBare = typeof value === 'string' && !context.isJson
  context.print(isBare ? `${printableLines(value)}\n` : json(value ?? null))
  return CLI_EXIT_CODES.ok
}

async function change(
  context: CommandContext,
  edit: Extract<ConfigEdit, { edit: 'set' | 'unset' }>,
  now: string,
): Promise<number> {
  const source = await configSource(context)
  const { problems, effects } = await apply(source, edit)
  const isDone = problems.length === 0
  if (context.isJson) context.print(json({ file: source.file, ok: isDone, problems, effects }))
  else if (!isDone) context.print(problemsText(problems))
  else {
    const { backend, path: keys } = edit
    const results = effects.map(({ effect }) => `; ${EFFECT_TEXTS[effect]}`).join('')
    context.print(`${backend}: ${keys.join('.')} is now ${now}${results}\n`)
  }
  return isDone ? CLI_EXIT_CODES.ok : CLI_EXIT_CODES.failed
}

interface Outcome {
  problems: ConfigProblem[]
  effects: EditEffect[]
}

/** Through a running panel, which returns the effects on the backends; otherwise directly. */
async function apply({ file, text, panel }: ConfigSource, edit: ConfigEdit): Promise<Outcome> {
  if (panel !== null) return panel.call('config.edit', { text, edits: [edit] })
  const edited = editConfig(text, [edit], { file })
  if (!edited.ok) return { problems: edited.problems, effects: [] }
  const written = await writeConfigFile(file, edited.text, text)
  return { problems: written.ok ? [] : [written.problem], effects: [] }
}

/** Keys with values, default, effect and description. */
function keysText(): string {
  const lines = configKeyRows().map(({ key, values, default: fallback, effect, meaning }) => {
    const facts = [values, ...(fallback === '' ? [] : [`default ${fallback}`]), effect]
    return `  ${key}: ${facts.join('; ')}\n      ${meaning}\n`
  })
  return lines.join('').replaceAll('`', '')
}

/** As in the file: `12`, `true`, `[cuda, cpu]`. Invalid YAML is text. */
function valueOf(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch {
    return text
  }
}

/** undefined for a key without value and default. Throws CliError for an unknown key. */
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
