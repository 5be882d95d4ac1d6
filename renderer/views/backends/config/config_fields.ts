/** The keys of a section as the fields of a form, made of the schema: kind, help, default, unit; and text to value and back. Pure. */
import { z } from 'zod'
import { backendConfigSchema, type BackendConfig } from '../../../../protocol/config.ts'

export type ConfigKey = keyof BackendConfig

/** How a value is typed. `json` takes whatever has a form of its own: maps, and lists whose items hold any character. */
export type FieldKind = 'number' | 'text' | 'choice' | 'list' | 'json'

export interface ConfigField {
  key: ConfigKey
  kind: FieldKind
  /** What the schema says of it; words in backticks are code. */
  help: string
  /** As it would be typed; empty where there is none. */
  fallback: string
  /** Of a choice. */
  choices: readonly string[]
  unit: string
}

interface Property {
  type?: string | string[]
  enum?: unknown[]
  anyOf?: Property[]
  items?: Property | boolean
  description?: string
  default?: unknown
}

/** Units are no part of a schema. A key that is renamed does not compile. */
const UNITS: Partial<Record<ConfigKey, string>> = {
  replicas: 'processes',
  reconnect_interval: 'seconds',
  max_reconnect_attempts: 'tries',
  request_timeout: 'seconds',
  health_interval: 'seconds',
  startup_timeout: 'seconds',
  threads: 'threads',
  sessions: 'copies',
  max_batch_size: 'images',
  max_queue_delay_ms: 'ms',
  warmup: 'runs',
  queue_limit: 'requests',
  cache_size: 'images',
  max_message_bytes: 'bytes',
}

/** Their items are names and numbers, which hold no comma. */
const LISTS: readonly ConfigKey[] = ['providers', 'device_ids', 'hosts']

/** In the order of the schema. */
export const CONFIG_FIELDS: readonly ConfigField[] = fieldsOf()

/** Whether a section of this runtime has a use for the key: some are described as those of one runtime. */
export function isForRuntime({ help }: ConfigField, runtime: string): boolean {
  const named = /^`runtime: (\w+)`/.exec(help)?.[1]
  return named === undefined || named === runtime
}

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

function fieldsOf(): ConfigField[] {
  const schema = z.toJSONSchema(backendConfigSchema, { io: 'input' })
  return Object.entries(schema.properties ?? {}).map(([name, given]) => {
    const key = name as ConfigKey
    const property = given as Property
    const kind = LISTS.includes(key) ? 'list' : kindOf(property)
    return {
      key,
      kind,
      help: property.description ?? '',
      fallback: textOf({ kind }, property.default),
      choices: kind === 'choice' ? (property.enum?.map(String) ?? ['true', 'false']) : [],
      unit: UNITS[key] ?? '',
    }
  })
}

function kindOf({ type, enum: values }: Property): FieldKind {
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
