import { meaningOfExit, type Fault } from '../../protocol/exit_codes.ts'
import { message, type Message, type PlainCode } from '../../protocol/messages.ts'
import type { Launcher } from './launcher.ts'

export const ARENA_OFF = { SWITCHYARD_CPU_ARENA: 'off' }

export interface LaunchWay {
  launcher: Launcher
  env: Record<string, string>
  /** The difference to the first way. */
  how: Extract<PlainCode, `start.${string}`>
}

export const withAndWithoutArena = (
  launcher: Launcher,
  env: Record<string, string> = {},
): [LaunchWay, LaunchWay] => [
  { launcher, env, how: 'start.usual' },
  { launcher, env: { ...env, ...ARENA_OFF }, how: 'start.no_arena' },
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
/** A library may crash only when it first gets work. A single crash may have another cause. */
const RUNNING_CRASHES_MAX = 2

/** A native crash while a backend loads, or two of them later, switch to the next of `ways`; a way that works is kept. */
export function createFallbackLauncher(ways: readonly [LaunchWay, ...LaunchWay[]]): Launcher {
  const reached = new Map<string, { way: number; why: Message | null; crashes: number }>()
  return {
    kind: ways[0].launcher.kind,
    launch: (request, events) => {
      const at = reached.get(request.name) ?? { way: 0, why: null, crashes: 0 }
      reached.set(request.name, at)
      const way = ways[at.way] ?? ways[0]
      const note =
        at.why === null ? null : message('start.changed', { how: message(way.how), why: at.why })
      if (note !== null) events.onOutput('stderr', Buffer.from(`WARN ${note.message}\n`))
      let isReady = false
      let tail = ''
      const child = way.launcher.launch(
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
            if (NATIVE_FAULTS.includes(fault) && at.way + 1 < ways.length) {
              at.crashes++
              if (!isReady || at.crashes >= RUNNING_CRASHES_MAX) {
                const code = isReady ? 'start.crashed_running' : 'start.crashed_loading'
                const why = message(code, { end: words })
                reached.set(request.name, { way: at.way + 1, why, crashes: 0 })
              }
            }
            events.onExit(exit)
          },
        },
      )
      return note === null ? child : Object.assign(child, { note })
    },
  }
}
