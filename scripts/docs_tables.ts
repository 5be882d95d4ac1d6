/** Document tables generated from the schemas. `npm run docs` writes them; a test compares. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { createProgram } from '../cli/main.ts'
import { headlessProgram } from '../control/headless_flags.ts'
import { CLI_EXIT_CODES, EXIT_MEANINGS } from '../cli/exit_codes.ts'
import { BUILTIN_BACKENDS } from '../protocol/builtin_backends.ts'
import { configKeyRows } from '../protocol/config_keys.ts'
import type { Descriptor } from '../protocol/descriptor.ts'
import { ERROR_CODES } from '../protocol/errors.ts'
import { WARNING_CODES } from '../protocol/warnings.ts'

/** By document, then by the name in the marker. */
export const DOCUMENT_TABLES: Readonly<Record<string, Record<string, () => string[][]>>> = {
  'docs/configuration.md': { 'config keys': configKeyTable },
  'docs/cli.md': {
    commands: commandTable,
    options: () => optionTable([...commands, program]),
    'exit codes': exitCodeTable,
    'headless options': () => optionTable([headlessProgram()]),
  },
  'docs/protocol.md': {
    descriptors: () => descriptorTable(BUILTIN_BACKENDS),
    'error codes': () => codeTable(ERROR_CODES),
    'warning codes': () => codeTable(WARNING_CODES),
  },
}

/** Replaces each table of `document` between `<!-- table: NAME -->` and `<!-- end of table -->`. */
export function withFreshTables(document: string, text: string): string {
  return Object.entries(DOCUMENT_TABLES[document] ?? {}).reduce((result, [name, rowsOf]) => {
    const [begin, end] = [`<!-- table: ${name} -->`, '<!-- end of table -->']
    const from = result.indexOf(begin)
    const to = result.indexOf(end, from)
    if (from < 0 || to < 0) {
      throw new Error(`${document} has no ${begin} … ${end}; add both where the table belongs`)
    }
    return `${result.slice(0, from)}${begin}\n${markdownTable(rowsOf())}\n\n${result.slice(to)}`
  }, text)
}

function markdownTable([head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [head, head.map(() => '---'), ...rows].map(line).join('\n')
}

const quoted = (text: string) => `\`${text}\``

const codeTable = (codes: Record<string, string>): string[][] => [
  ['Code', 'Meaning'],
  ...Object.entries(codes).map(([code, meaning]) => [quoted(code), meaning]),
]

const descriptorTable = (backends: Record<string, Descriptor>): string[][] => [
  ['Backend', 'Accepts', 'Returns'],
  ...Object.entries(backends).map(([backend, { accepts, returns }]) => [
    quoted(backend),
    accepts
      .map(({ kind, name, multiple }) => `${quoted(name)} (${kind}${multiple ? 's' : ''})`)
      .join(', '),
    returns.map(({ kind }) => kind).join(', '),
  ]),
]

const program = createProgram('', () => () => Promise.resolve())
const commands = program.commands.flatMap((command) =>
  command.commands.length > 0 ? command.commands : [command],
)

/** `config get`; empty for the program itself. */
function nameOf(command: CommandUnknownOpts): string {
  const { parent } = command
  return parent === null ? '' : `${nameOf(parent)} ${command.name()}`.trim()
}

function commandTable(): string[][] {
  return [
    ['Command', 'Description'],
    ...commands.map((command) => [
      quoted(`${nameOf(command)} ${command.usage().replace(/\[options] ?/, '')}`.trim()),
      command.description(),
    ]),
  ]
}

function optionTable(of: readonly CommandUnknownOpts[]): string[][] {
  return [
    ['Option', 'Description', 'Default'],
    ...of.flatMap((command) =>
      command.options.map(({ flags, description, defaultValue, argChoices }) => [
        quoted(`${nameOf(command)} ${flags}`.trim()),
        argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
        typeof defaultValue === 'boolean' ? '' : String(defaultValue ?? ''),
      ]),
    ),
  ]
}

function exitCodeTable(): string[][] {
  const names = Object.keys(CLI_EXIT_CODES) as (keyof typeof CLI_EXIT_CODES)[]
  return [
    ['Exit code', 'Meaning'],
    ...names.map((name) => [String(CLI_EXIT_CODES[name]), EXIT_MEANINGS[name]]),
  ]
}

function configKeyTable(): string[][] {
  return [
    ['Key', 'Values', 'Default', 'A change', 'Meaning'],
    ...configKeyRows().map(({ key, ...cells }) => [quoted(key), ...Object.values(cells)]),
  ]
}
