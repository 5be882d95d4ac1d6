/** The stored results of the original runtimes: float32 values in base64, with the hash of their input. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ModelRow } from './registry.ts'

const referenceSchema = z.object({
  model: z.string(),
  runtime: z.string(),
  inputs: z.array(
    z.object({ id: z.string(), sha256: z.string(), outputs: z.record(z.string(), z.string()) }),
  ),
})
export type Reference = z.infer<typeof referenceSchema>

export function readReference({ name }: ModelRow): Reference {
  return referenceSchema.parse(JSON.parse(readFileSync(pathOf(name), 'utf8')))
}

export function writeReference(reference: Reference): void {
  writeFileSync(pathOf(reference.model), `${JSON.stringify(reference, null, 2)}\n`)
}

/** Every n-th value as little-endian float32 in base64. */
export function encodeValues(values: Float32Array, every: number): string {
  const kept = values.filter((_, index) => index % every === 0)
  return Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString('base64')
}

export function decodeValues(base64: string): Float32Array {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer)
}

const pathOf = (model: string) => join(import.meta.dirname, 'reference', `${model}.json`)
