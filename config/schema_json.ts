import { z } from 'zod'
import { meaningOf } from '../protocol/config_keys.ts'
import {
  BACKEND_NAME_PATTERN,
  aboutKey,
  backendConfigSchema,
  CONFIG_KEYS,
  modelsConfigSchema,
  PORT_MIN,
  RUNTIMES,
} from '../protocol/config.ts'

/**
 * Draft 7, which every YAML language server reads. Rules across sections, such as unique ports, are only checked by the loader.
 */
export function modelsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(modelsConfigSchema, {
    target: 'draft-07',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === modelsConfigSchema) jsonSchema.title = 'Switchyard: config/models.yaml'
      if (zodSchema === modelsConfigSchema.shape.model_backends) {
        jsonSchema.description = 'The backends, by name: one section each.'
        jsonSchema.propertyNames = { type: 'string', pattern: BACKEND_NAME_PATTERN.source }
      }
      if (zodSchema === backendConfigSchema) jsonSchema.allOf = requirements()
      const key = CONFIG_KEYS.find((one) => backendConfigSchema.shape[one] === zodSchema)
      if (key === undefined) return
      const { unit } = aboutKey(key)
      jsonSchema.description = `${meaningOf(key)}${unit === undefined ? '' : ` Unit: ${unit}.`}`
    },
  })
}

/** Required keys of a section. JSON Schema cannot express zod's refinements, so zod is queried. */
function requirements(): z.core.JSONSchema.JSONSchema[] {
  const hasHosts = {
    properties: { runtime: { const: 'external' } },
    required: ['runtime', 'hosts'],
  }
  const ofRuntimes = RUNTIMES.flatMap((runtime) => {
    const parsed = backendConfigSchema.safeParse({ runtime, port: PORT_MIN })
    const required = (parsed.error?.issues ?? []).map(({ path }) => String(path[0]))
    if (required.length === 0) return []
    return [
      {
        if: { properties: { runtime: { const: runtime } }, required: ['runtime'] },
        then: { required },
      },
    ]
  })
  return [{ if: { not: hasHosts }, then: { required: ['port'] } }, ...ofRuntimes]
}
