/** After two failed launches, start in safe mode: no backend starts automatically, and GPU rendering is off. */
import path from 'node:path'
import { z } from 'zod'
import { stored } from './stored.ts'

const schema = z.object({ failed: z.int().min(0) })

export const FAILED_STARTS_MAX = 2
export const SAFE_MODE_FLAG = '--safe-mode'

export interface StartCount {
  /** Consecutive launches that never called `succeeded`. */
  readonly failed: number
  readonly isSafeMode: boolean
  /** Call when the window is drawn and the control plane runs, or after an orderly quit. */
  succeeded(): void
}

/** Counts this launch as failed until `succeeded`. */
export function countStart(
  userDir: string,
  argv: readonly string[],
  onFault: (reason: string) => void,
): StartCount {
  const file = stored(path.join(userDir, 'starts.json'), schema, {
    fallback: { failed: 0 },
    onFault,
  })
  const { failed } = file.read()
  file.write({ failed: failed + 1 })
  return {
    failed,
    isSafeMode: failed >= FAILED_STARTS_MAX || argv.includes(SAFE_MODE_FLAG),
    succeeded: () => {
      file.write({ failed: 0 })
    },
  }
}

export function safeModeNotice({ failed }: StartCount): string {
  const why = failed >= FAILED_STARTS_MAX ? `the last ${failed} starts failed` : 'asked for'
  return `Safe mode (${why}): no backend starts by itself, and the panel is drawn without the GPU. Quit and start again to leave it.`
}
