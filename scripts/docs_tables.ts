/** The tables of the documents that are made from the schemas. `npm run docs` writes them; a test compares. */
import { z } from 'zod'
import { COMMANDS } from '../cli/main.ts'
import { CLI_EXIT_CODES, EXIT_MEANINGS } from '../cli/exit_codes.ts'
import { backendConfigSchema } from '../protocol/config.ts'
import { ERROR_CODES } from '../protocol/errors.ts'
import { WARNING_CODES } from '../protocol/warnings.ts'

/** By document and by the name in its marker. */
export const DOCUMENT_TABLES: Readonly<Record<string, Record<string, () => string[][]>>> = {
  'docs/configuration.md': { 'config keys': configKeyTable },
  'docs/cli.md': { commands: commandTable, 'exit codes': exitCodeTable },
  'docs/protocol.md': {
    'error codes': () => codeTable(ERROR_CODES),
    'warning codes': () => codeTable(WARNING_CODES),
  },
}

/** `text` of `document` with each table between `<!-- table: NAME -->` and `<!-- end of table -->` replaced. */
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

function commandTable(): string[][] {
  return [
    ['Command', 'Description'],
    ...COMMANDS.map(({ name, usage, summary }) => [quoted(`${name} ${usage}`.trim()), summary]),
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
  const { properties } = z.toJSONSchema(backendConfigSchema, { io: 'input' }) as {
    properties: Record<string, KeySchema>
  }
  return [
    ['Key', 'Values', 'Default', 'Meaning'],
    ...Object.entries(properties).map(([key, schema]) => [
      quoted(key),
      valuesOf(schema),
      defaultOf(schema),
      schema.description ?? '',
    ]),
  ]
}

/** The parts of JSON Schema that the configuration uses. */
interface KeySchema {
  type?: string
  enum?: string[]
  const?: string
  anyOf?: KeySchema[]
  oneOf?: KeySchema[]
  items?: KeySchema
  minimum?: number
  maximum?: number
  default?: unknown
  description?: string
}

function valuesOf(schema: KeySchema): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return [...new Set(choices.map(valuesOf))].join(', or ')
  if (schema.const !== undefined) return quoted(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(quoted).join(', ')
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`'
    case 'integer':
    case 'number':
      return schema.minimum === undefined
        ? schema.type
        : `${schema.type} ${schema.minimum} to ${schema.maximum}`
    case 'array':
      return `list of ${valuesOf(schema.items ?? {})}`
    case 'object':
      return 'keys with values'
    default:
      return 'text'
  }
}

function defaultOf(schema: KeySchema): string {
  const { default: value } = schema
  if (value === undefined) return ''
  const isPlain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return isPlain ? quoted(String(value)) : 'none'
}
