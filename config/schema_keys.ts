import { z } from 'zod'

/** Empty where any key is allowed, and where the schema has no such path. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const found = path.reduce<z.ZodType | null>(
    (place, key) => (place === null ? null : inside(place, String(key))),
    schema,
  )
  return found === null ? [] : [...new Set(shapesOf(found).flatMap((shape) => Object.keys(shape)))]
}

function shapesOf(schema: z.ZodType): Record<string, z.ZodType>[] {
  const place = unwrapped(schema)
  if (place instanceof z.ZodUnion) {
    return (place.options as z.ZodType[]).flatMap((option) => shapesOf(option))
  }
  return place instanceof z.ZodObject ? [place.shape] : []
}

function inside(schema: z.ZodType, key: string): z.ZodType | null {
  const place = unwrapped(schema)
  if (place instanceof z.ZodRecord) return place.valueType as z.ZodType
  return shapesOf(place).find((shape) => Object.hasOwn(shape, key))?.[key] ?? null
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema
}
