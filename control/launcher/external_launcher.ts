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
          onExit({ code: null, signal: null, failure: 'no longer watched' })
        })
      }
      return { pid: null, tell: () => undefined, askToStop: end, kill: end }
    },
  }
}
