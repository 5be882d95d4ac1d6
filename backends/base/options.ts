import type { z } from 'zod'
import { describeIssues } from '../../protocol/describe.ts'
import type { BackendContext } from './backend.ts'

/** Throws listing all faults, the backend's name and the known options. */
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
