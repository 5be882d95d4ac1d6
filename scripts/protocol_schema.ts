/** docs/protocol.schema.json: the messages of a backend's port, for authors in other languages. */
import { z } from 'zod'
import {
  CLIENT_MESSAGES,
  errorMessageSchema,
  inferenceResponseSchema,
  pongSchema,
  reloadedSchema,
} from '../protocol/backend.ts'

const SERVER_MESSAGES = {
  pong: pongSchema,
  inference_response: inferenceResponseSchema,
  reloaded: reloadedSchema,
  error: errorMessageSchema,
}

/** The native dialect's requests and replies. */
export function protocolJsonSchema(): Record<string, unknown> {
  const messages = { ...CLIENT_MESSAGES, ...SERVER_MESSAGES }
  const reference = (names: object) => ({
    oneOf: Object.keys(names).map((name) => ({ $ref: `#/definitions/${name}` })),
  })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Switchyard: messages of a backend',
    definitions: {
      client_message: reference(CLIENT_MESSAGES),
      server_message: reference(SERVER_MESSAGES),
      ...Object.fromEntries(
        Object.entries(messages).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
      ),
    },
  }
}

function jsonSchemaOf({ shape }: z.ZodObject<Record<string, z.core.$ZodType>>): object {
  const {
    $schema: _draft,
    definitions: _ofInternalKey,
    ...schema
  } = z.toJSONSchema(
    z.looseObject(
      Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, withoutCatch(value)])),
    ),
    {
      target: 'draft-07',
      io: 'input',
      override: ({ jsonSchema }) => {
        delete jsonSchema.properties?.[INTERNAL_KEY]
      },
    },
  )
  return schema
}

/** Codes of built-in backends for the panel's own texts. */
const INTERNAL_KEY = 'wording'

/** A reader replaces an invalid value; a writer must not send one. */
const withoutCatch = (schema: z.core.$ZodType) =>
  schema instanceof z.ZodCatch ? schema.unwrap() : schema
