/** Edits of models.yaml, as the panel and the command line ask for them. What each means for the text: config/edit.ts. */
import { z } from 'zod'

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
