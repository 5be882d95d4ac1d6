/** After two failed launches, start in safe mode: no backend starts automatically, and GPU rendering is off. */
import path from 'node:path'
import { z } from 'zod'
import { message, type Message } from '../protocol/messages.ts'
import { stored } from './stored.ts'

const schema = z.object({ failed: z.int().min(0) })

export const FAILED_STARTS_MAX = 2
export const SAFE_MODE_FLAG = '--safe-mode'

export interface StartCount {
  /** Consecutive launches that never called `succeeded`. */
  readonly failed: number
  readonly isSafeMode: boolean
  /** Call when the page has loaded, after an orderly quit, or before an exit with a known reason. */
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

export function safeModeNotice({ failed }: StartCount): Message {
  const why =
    failed >= FAILED_STARTS_MAX
      ? message('app.safe_mode_failed', { failed })
      : message('app.safe_mode_asked')
  return message('app.safe_mode', { why })
}
