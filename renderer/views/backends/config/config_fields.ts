/** The keys of a section as the fields of a form: text to value and back. Pure. */
import { aboutKey, CONFIG_KEYS, type ConfigKey, type Runtime } from '../../../../protocol/config.ts'
import { keySchema, meaningOf, type KeySchema } from '../../../../protocol/config_keys.ts'

/** How a value is typed. `json` takes whatever has a form of its own: maps, and lists whose items hold any character. */
export type FieldKind = 'number' | 'text' | 'choice' | 'list' | 'json'

export interface ConfigField {
  key: ConfigKey
  kind: FieldKind
  /** Words in backticks are code. */
  help: string
  /** As it would be typed; empty where there is none. */
  fallback: string
  /** Of a choice. */
  choices: readonly string[]
  unit: string
  /** Undefined where every runtime reads the key. */
  runtimes: readonly Runtime[] | undefined
}

/** In the order of the schema. */
export const CONFIG_FIELDS: readonly ConfigField[] = CONFIG_KEYS.map((key) => {
  const schema = keySchema(key)
  const { unit = '', list, runtimes } = aboutKey(key)
  const kind = list ? 'list' : kindOf(schema)
  return {
    key,
    kind,
    help: meaningOf(key),
    fallback: textOf({ kind }, schema.default),
    choices: kind === 'choice' ? (schema.enum ?? ['true', 'false']) : [],
    unit,
    runtimes,
  }
})

/** Whether a section of this runtime has a use for the key. */
export const isForRuntime = ({ runtimes }: ConfigField, runtime: string): boolean =>
  runtimes === undefined || runtimes.some((one) => one === runtime)

/** As it would be typed; empty for a key that is not there. */
export function textOf({ kind }: Pick<ConfigField, 'kind'>, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (kind === 'list' && Array.isArray(value)) return value.map(plain).join(', ')
  return plain(value)
}

/**
 * What was typed as a value; undefined for nothing, so that the default holds. What fits the kind of the field in no way goes on as
 * text: the schema then says what is wrong with it.
 */
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
      // `auto` stands alone; every other word is the first of a list.
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
