/** The tables of README.md that are made from the schemas. `npm run docs` writes them; a test compares. */
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'
import { backendConfigSchema } from '../protocol/config.ts'
import { ERROR_CODES } from '../protocol/errors.ts'
import { WARNING_CODES } from '../protocol/warnings.ts'

const TABLES: Record<string, () => string[][]> = {
  'config keys': configKeyTable,
  'error codes': () => [
    ['Code', 'Meaning'],
    ...Object.entries(ERROR_CODES).map(([code, meaning]) => [quoted(code), meaning]),
  ],
  'warning codes': () => [
    ['Code', 'Meaning'],
    ...Object.entries(WARNING_CODES).map(([code, meaning]) => [quoted(code), meaning]),
  ],
}

/** `text` with each table between `<!-- table: NAME -->` and `<!-- end of table -->` made anew, and all of it formatted. */
export async function withFreshTables(text: string): Promise<string> {
  const fresh = Object.entries(TABLES).reduce((result, [name, rowsOf]) => {
    const [begin, end] = [`<!-- table: ${name} -->`, '<!-- end of table -->']
    const from = result.indexOf(begin)
    const to = result.indexOf(end, from)
    if (from < 0 || to < 0) throw new Error(`the place ${begin} … ${end} is missing`)
    return `${result.slice(0, from)}${begin}\n\n${markdownTable(rowsOf())}\n\n${result.slice(to)}`
  }, text)
  const style = await resolveConfig(path.resolve(import.meta.dirname, '../README.md'))
  return format(fresh, { ...style, parser: 'markdown' })
}

function markdownTable([head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [head, head.map(() => '---'), ...rows].map(line).join('\n')
}

const quoted = (text: string) => `\`${text}\``

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
