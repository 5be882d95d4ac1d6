/** Edits of models.yaml from the panel and CLI. config/edit.ts applies them. */
import { z } from 'zod'
import { KEY_EFFECTS } from './config.ts'

/** Relative to the section: `["port"]`, `["options", "max_faces"]`. */
const pathSchema = z.tuple([z.string()], z.string())

export const configEditSchema = z.discriminatedUnion('edit', [
  z.object({
    edit: z.literal('set'),
    backend: z.string(),
    path: pathSchema,
    value: z.unknown(),
  }),
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

export const editEffectSchema = z.object({
  backend: z.string(),
  key: z.string(),
  effect: z.enum(KEY_EFFECTS),
})
export type EditEffect = z.infer<typeof editEffectSchema>

export const configSectionSchema = z.object({
  backend: z.string(),
  /** Without defaults. */
  values: z.record(z.string(), z.unknown()),
  /** 1-based: the line of its name, and the last one with a value. */
  first_line: z.int(),
  last_line: z.int(),
})
export type ConfigSection = z.infer<typeof configSectionSchema>
