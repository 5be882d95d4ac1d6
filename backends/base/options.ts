/** The `options:` of a config section, checked by the backend's own schema when it is constructed. */
import type { z } from 'zod'
import { describeIssues } from '../../protocol/describe.ts'
import type { BackendContext } from './backend.ts'

/** Throws with every fault, the backend's name and the options that are known. */
export function parseOptions<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  { name, options }: Pick<BackendContext, 'name' | 'options'>,
): z.output<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const faults = describeIssues(parsed.error, options).map(
    ({ key, message }) => `${key} ${message}`,
  )
  const known = Object.keys(schema.shape).join(', ')
  throw new Error(`options of backend "${name}": ${faults.join('; ')}; known options: ${known}`)
}
