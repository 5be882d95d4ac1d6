import { message } from '../../protocol/messages.ts'
import type { Launcher } from './launcher.ts'

export function createExternalLauncher(): Launcher {
  return {
    kind: 'external',
    launch: (_request, { onExit }) => {
      let isOver = false
      // Stops watching; in its own turn, like the exit of a process.
      const end = () => {
        if (isOver) return
        isOver = true
        setImmediate(() => {
          onExit({ code: null, signal: null, failure: message('reason.unwatched') })
        })
      }
      return { pid: null, tell: () => undefined, askToStop: end, kill: end }
    },
  }
}
