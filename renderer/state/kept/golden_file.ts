import { MessageError, saidBy } from '../../../protocol/errors.ts'
import { message } from '../../../protocol/messages.ts'
import { faultsOf } from '../../../protocol/describe.ts'
import { z } from 'zod'
import { base64OfBlob } from '../../api/base64.ts'
import { FILE_KINDS } from '../../../protocol/file_kind.ts'
import type { KeptGolden } from './database.ts'

const FORMAT = 'switchyard golden results'

const fileSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  goldens: z
    .array(
      z.object({
        id: z.string().min(1),
        name: z.string(),
        backend: z.string(),
        kind: z.enum(FILE_KINDS),
        type: z.string(),
        file: z.base64(),
        expected: z.unknown(),
        tolerance: z.object({ absolute: z.number().min(0), relative: z.number().min(0) }),
        madeAtMs: z.number(),
      }),
    )
    .max(10_000),
})

export async function goldenFile(goldens: readonly KeptGolden[]): Promise<string> {
  const written = []
  for (const { file, ...rest } of goldens) {
    written.push({ ...rest, type: file.type, file: await base64OfBlob(file) })
  }
  return JSON.stringify({ format: FORMAT, version: 1, goldens: written }, null, 1)
}

/** Throws with the path of the invalid value. */
export function goldensOf(text: string): KeptGolden[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new MessageError(message('golden.not_json', { reason: saidBy(error) }), { cause: error })
  }
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) {
    throw new MessageError(message('golden.none', { reason: faultsOf(parsed.error, json) }))
  }
  return parsed.data.goldens.map(({ type, file, ...rest }) => ({
    ...rest,
    file: new Blob([Uint8Array.from(atob(file), (one) => one.charCodeAt(0))], { type }),
  }))
}
