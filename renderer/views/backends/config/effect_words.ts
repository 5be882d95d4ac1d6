/** What a changed key does to its backend, in words. Pure. */
import type { EditEffect } from '../../../../protocol/config_edits.ts'

interface Circumstances {
  /** Of the section. */
  backend: string
  /** A process of it runs. */
  isRunning: boolean
  /** What `enabled` would be. */
  isEnabled: boolean
}

/** After the key's name: "applies at once". */
export function effectWords(
  { effect }: Pick<EditEffect, 'effect'>,
  { backend, isRunning, isEnabled }: Circumstances,
): string {
  switch (effect) {
    case 'live':
      return 'applies at once'
    case 'restart':
      return isRunning ? `restarts ${backend}` : `counts when ${backend} starts next`
    case 'switch':
      if (isEnabled) return isRunning ? 'changes nothing now: it runs already' : `starts ${backend}`
      return isRunning ? `stops ${backend}` : 'changes nothing now: it is off already'
  }
}
