/** Everything that docs, CLI, JSON schema and form show about a key, derived from the schema. */
import { z } from 'zod'
import {
  aboutKey,
  backendConfigSchema,
  CONFIG_KEYS,
  type ConfigKey,
  type KeyEffect,
} from './config.ts'

/** The subset of JSON Schema that the configuration uses. */
export interface KeySchema {
  type?: string
  enum?: string[]
  const?: string
  anyOf?: KeySchema[]
  oneOf?: KeySchema[]
  items?: KeySchema
  minimum?: number
  maximum?: number
  default?: string | number | boolean | object | null
}

const { properties } = z.toJSONSchema(backendConfigSchema, { io: 'input' }) as {
  properties: Record<ConfigKey, KeySchema>
}
export const keySchema = (key: ConfigKey): KeySchema => properties[key]

export const EFFECT_TEXTS: Readonly<Record<KeyEffect, string>> = {
  switch: 'starts or stops the backend',
  live: 'applies immediately',
  restart: 'restarts the backend',
}

export interface KeyRow {
  key: ConfigKey
  values: string
  default: string
  effect: string
  meaning: string
}

export const configKeyRows = (): KeyRow[] =>
  CONFIG_KEYS.map((key) => {
    const { unit, effect } = aboutKey(key)
    return {
      key,
      values: `${valuesOf(keySchema(key))}${unit === undefined ? '' : ` (${unit})`}`,
      default: defaultOf(keySchema(key)),
      effect: EFFECT_TEXTS[effect],
      meaning: meaningOf(key),
    }
  })

export function meaningOf(key: ConfigKey): string {
  const { description, runtimes } = aboutKey(key)
  if (runtimes === undefined) return description
  return `${description} Only for ${runtimes.map((one) => `\`runtime: ${one}\``).join(' and ')}.`
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

function defaultOf({ default: value }: KeySchema): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? 'none' : quoted(String(value))
}

const quoted = (text: string) => `\`${text}\``
