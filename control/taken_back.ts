/** The message about a configuration that was taken back because a backend did not become ready with it. */
import { changedKeys } from '../config/plan.ts'
import type { BackendConfig, ConfigProblem } from '../protocol/config.ts'
import type { PortHolder } from '../protocol/ports.ts'

export interface TakenBack {
  /** Name of the section. */
  backend: string
  /** The section that is in force again, and the one that was tried. */
  before: BackendConfig
  tried: BackendConfig
  /** Whether it serves again. */
  isServing: boolean
  /** Why the process ended. */
  reason: string
  /** Of the port that was tried, when another program holds it. */
  held: { holder: PortHolder | null; freePort: number | null } | null
}

/** The problem but for its place in the file. */
export type TakenBackWords = Omit<ConfigProblem, 'file' | 'line'>

const KEYS_NAMED_MAX = 3

export function takenBackWords(given: TakenBack): TakenBackWords {
  const { backend, before, tried, isServing, reason, held } = given
  const section = `model_backends.${backend}`
  const keeps = isServing ? `${backend} runs on with its` : `${backend} keeps its`
  if (held !== null && tried.port !== before.port) {
    const { holder, freePort } = held
    const other = 'stop that program'
    return {
      key: `${section}.port`,
      message: `${keeps} old port ${before.port}. Port ${tried.port} is taken by ${nameOf(holder)}.`,
      remedy:
        freePort === null ? `Set another port, or ${other}.` : `Use ${freePort}, or ${other}.`,
      taken_back: backend,
      ports: { tried: tried.port, kept: before.port },
      ...(freePort === null ? {} : { free_port: freePort }),
      ...(holder === null ? {} : { holder }),
    }
  }
  const keys = changedKeys(before, tried)
  const [first] = keys
  const named = keys.length > KEYS_NAMED_MAX || first === undefined ? 'settings' : keys.join(', ')
  return {
    key: keys.length === 1 ? `${section}.${first}` : section,
    message: `${keeps} previous ${named}. With the new ${named}: ${reason}.`,
    remedy: 'Fix the file and save it again.',
    taken_back: backend,
  }
}

/** `python3 (pid 9321)` */
function nameOf(holder: PortHolder | null): string {
  if (holder === null || holder.pid === null) return 'another program'
  const program = /^(?:"([^"]+)"|(\S+))/.exec(holder.command ?? '')
  const name = (program?.[1] ?? program?.[2] ?? '').replace(/^.*[\\/]/, '')
  return name === '' ? `pid ${holder.pid}` : `${name} (pid ${holder.pid})`
}
