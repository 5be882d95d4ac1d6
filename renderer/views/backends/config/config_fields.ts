import {
  aboutKey,
  CONFIG_KEYS,
  type ConfigKey,
  type KeyUnit,
  type Runtime,
} from '../../../../protocol/config.ts'
import { keySchema, type KeySchema } from '../../../../protocol/config_keys.ts'

/** `json` covers structured values: maps, and lists whose items may contain any character. */
export type FieldKind = 'number' | 'text' | 'choice' | 'list' | 'json'

export interface ConfigField {
  key: ConfigKey
  kind: FieldKind
  fallback: string
  choices: readonly string[]
  unit: KeyUnit | undefined
  /** undefined: every runtime reads the key. */
  runtimes: readonly Runtime[] | undefined
}

export const CONFIG_FIELDS: readonly ConfigField[] = CONFIG_KEYS.map((key) => {
  const schema = keySchema(key)
  const { unit, list, runtimes } = aboutKey(key)
  const kind = list ? 'list' : kindOf(schema)
  return {
    key,
    kind,
    fallback: textOf({ kind }, schema.default),
    choices: kind === 'choice' ? (schema.enum ?? ['true', 'false']) : [],
    unit,
    runtimes,
  }
})

/** True if a section with this runtime uses the key. */
export const isForRuntime = ({ runtimes }: ConfigField, runtime: string): boolean =>
  runtimes === undefined || runtimes.some((one) => one === runtime)

export function textOf({ kind }: Pick<ConfigField, 'kind'>, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (kind === 'list' && Array.isArray(value)) return value.map(plain).join(', ')
  return plain(value)
}

/** undefined if empty, so that the default applies. Text of the wrong kind is passed on for the schema to report. */
export function valueOf({ kind, choices }: ConfigField, text: string): unknown {
  const typed = text.trim()
  if (typed === '') return undefined
  switch (kind) {
    case 'number':
      return numberOr(typed)
    case 'choice':
      return choices.includes('true') ? (parsedJson(typed) ?? typed) : typed
    case 'text':
      return typed
    case 'list': {
      const items = typed.split(',').map((item) => item.trim())
      return typed === 'auto' ? typed : items.filter((item) => item !== '').map(numberOr)
    }
    case 'json':
      return parsedJson(typed) ?? typed
  }
}

function kindOf({ type, enum: values }: KeySchema): FieldKind {
  if (values !== undefined || type === 'boolean') return 'choice'
  if (type === 'integer' || type === 'number') return 'number'
  return type === 'string' ? 'text' : 'json'
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function numberOr(text: string): number | string {
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
