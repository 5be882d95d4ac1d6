import { meaningOfExit, type Fault } from '../../protocol/exit_codes.ts'
import type { Launcher } from './launcher.ts'

export const ARENA_OFF = { SWITCHYARD_CPU_ARENA: 'off' }

export interface LaunchWay {
  launcher: Launcher
  env: Record<string, string>
  /** Describes the difference in the log: "without onnxruntime's CPU arena". */
  words: string
}

export const withAndWithoutArena = (launcher: Launcher): [LaunchWay, LaunchWay] => [
  { launcher, env: {}, words: '' },
  { launcher, env: ARENA_OFF, words: "without onnxruntime's CPU arena" },
]

/** Signs of a library with unexpected memory; the program's own exit codes are not among them. */
const NATIVE_FAULTS: readonly (Fault | null)[] = [
  'illegal_instruction',
  'trap',
  'abort',
  'memory_access',
]
/** Logged by a backend once its model is loaded and warm; see backends/main.ts. */
const READY = /\bready on /
/** Longer than the part of that line that may be split over two chunks. */
const TAIL_LENGTH = 64

/** A native crash before the backend is ready switches to the next of `ways`; a way that worked is kept. */
export function createFallbackLauncher(ways: readonly [LaunchWay, ...LaunchWay[]]): Launcher {
  const reached = new Map<string, { way: number; crash: string }>()
  return {
    kind: ways[0].launcher.kind,
    launch: (request, events) => {
      const at = reached.get(request.name)
      const way = ways[at?.way ?? 0] ?? ways[0]
      if (at !== undefined) {
        events.onOutput('stderr', Buffer.from(`WARN started ${way.words}: ${at.crash}\n`))
      }
      let isReady = false
      let tail = ''
      return way.launcher.launch(
        { ...request, env: { ...request.env, ...way.env } },
        {
          onOutput: (stream, chunk) => {
            if (!isReady) {
              tail += chunk.toString('latin1')
              isReady = READY.test(tail)
              tail = tail.slice(-TAIL_LENGTH)
            }
            events.onOutput(stream, chunk)
          },
          onExit: (exit) => {
            const { words, fault } = meaningOfExit(exit.code, exit.signal)
            const next = (at?.way ?? 0) + 1
            if (!isReady && NATIVE_FAULTS.includes(fault) && next < ways.length) {
              reached.set(request.name, {
                way: next,
                crash: `its last start ${words.message} while it loaded`,
              })
            }
            events.onExit(exit)
          },
        },
      )
    },
  }
}
