/** For a backend that somebody else runs: there is no process to start, only an address to watch. */
import type { Launcher } from './launcher.ts'

export function createExternalLauncher(): Launcher {
  return {
    kind: 'external',
    launch: (_request, { onExit }) => {
      let isOver = false
      // "Ending" it means to stop watching; in a turn of its own, as the end of a process would come.
      const end = () => {
        if (isOver) return
        isOver = true
        setImmediate(() => {
          onExit({ code: null, signal: null, failure: 'no longer watched' })
        })
      }
      return { pid: null, tell: () => undefined, askToStop: end, kill: end }
    },
  }
}
