/** Small JSON files of the shell: validated, with defaults, written atomically. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { z } from 'zod'
import { writeAtomicallySync } from '../files/atomic_file.ts'
import { readRegularFileSync } from '../files/regular_file.ts'
import { messageOf } from '../protocol/errors.ts'

export interface Stored<T> {
  read(): T
  /** Never rejects: write failures go to `onFault`, and the value holds until the app exits. */
  write(value: T): void
}

/** Far above any real size. */
const BYTES_MAX = 1024 ** 2

/** A missing or invalid file counts as `fallback`. */
export function stored<T>(
  file: string,
  schema: z.ZodType<T>,
  { fallback, onFault }: { fallback: T; onFault: (reason: string) => void },
): Stored<T> {
  let value: T | null = null
  return {
    read: () => (value ??= readFile(file, schema) ?? fallback),
    write: (next) => {
      value = next
      try {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
        writeAtomicallySync(file, JSON.stringify(next, null, 2))
      } catch (error) {
        onFault(`${file} cannot be written: ${messageOf(error)}`)
      }
    },
  }
}

function readFile<T>(file: string, schema: z.ZodType<T>): T | null {
  try {
    return (
      schema.safeParse(JSON.parse(readRegularFileSync(file, BYTES_MAX).toString('utf8'))).data ??
      null
    )
  } catch {
    return null
  }
}
