/** Edits of models.yaml, as the panel and the command line ask for them. What each means for the text: config/edit.ts. */
import { z } from 'zod'
import { KEY_EFFECTS } from './config.ts'

/** Begins at the section: `["port"]`, `["options", "max_faces"]`. */
const pathSchema = z.tuple([z.string()], z.string())

export const configEditSchema = z.discriminatedUnion('edit', [
  z.object({
    edit: z.literal('set'),
    backend: z.string(),
    path: pathSchema,
    /** Any JSON. */
    value: z.unknown(),
  }),
  /** Takes the key away, so that its default holds. */
  z.object({ edit: z.literal('unset'), backend: z.string(), path: pathSchema }),
  z.object({
    edit: z.literal('add'),
    backend: z.string(),
    section: z.record(z.string(), z.unknown()),
  }),
  z.object({ edit: z.literal('remove'), backend: z.string() }),
  z.object({ edit: z.literal('rename'), backend: z.string(), to: z.string() }),
])
export type ConfigEditMessage = z.infer<typeof configEditSchema>

/** What one changed key means for its backend. */
export const editEffectSchema = z.object({
  backend: z.string(),
  /** At the top of the section: `options` for each of its keys. */
  key: z.string(),
  effect: z.enum(KEY_EFFECTS),
})
export type EditEffect = z.infer<typeof editEffectSchema>

/** One section of the file as it is written. */
export const configSectionSchema = z.object({
  backend: z.string(),
  /** Without defaults. */
  values: z.record(z.string(), z.unknown()),
  /** 1-based: the line of its name, and the last one with a value. */
  first_line: z.int(),
  last_line: z.int(),
})
export type ConfigSection = z.infer<typeof configSectionSchema>
