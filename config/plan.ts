/** Decides what a changed configuration means for each backend; the control plane executes it. */
import { isDeepStrictEqual } from 'node:util'
import {
  aboutKey,
  CONFIG_KEYS,
  KEY_EFFECTS,
  type BackendConfig,
  type ConfigKey,
  type ModelsConfig,
} from '../protocol/config.ts'

/**
 * `add`, `remove`: the section, switched off, was added or removed. `start`, `stop`: it is switched on or off. `restart`: a
 * running process is replaced; a stopped one stays stopped. `live`: the new values apply immediately. `leave`: nothing changed.
 */
export type PlanAction = 'add' | 'remove' | 'start' | 'stop' | 'restart' | 'live' | 'leave'

export interface PlanStep {
  backend: string
  action: PlanAction
  keys: ConfigKey[]
  /** Whether a running process is out of date: always with `restart`; with `start` if it was started manually. */
  isStale: boolean
  why: string
}

/**
 * One step per backend of the new configuration, in its order, then one per removed backend. For backends in
 * `keepState`, a changed `enabled` only takes effect at the next start of Switchyard.
 */
export function planOf(
  before: ModelsConfig,
  after: ModelsConfig,
  keepState: ReadonlySet<string> = new Set(),
): PlanStep[] {
  const [old, next] = [before.model_backends, after.model_backends]
  const gone = Object.keys(old).filter((backend) => !Object.hasOwn(next, backend))
  return [
    ...Object.entries(next).map(([backend, section]) => {
      const previous = Object.hasOwn(old, backend) ? old[backend] : undefined
      return previous === undefined
        ? stepOfNew(backend, section)
        : stepOfChange(backend, previous, section, keepState.has(backend))
    }),
    ...gone.map((backend): PlanStep => {
      const why = 'its section was removed: it stops'
      return { backend, action: 'remove', keys: [], isStale: false, why }
    }),
  ]
}

function stepOfNew(backend: string, { enabled }: BackendConfig): PlanStep {
  const step = { backend, keys: [], isStale: false }
  return enabled
    ? { ...step, action: 'start', why: 'its section is new and enabled: it starts' }
    : { ...step, action: 'add', why: 'its section is new and not enabled: it stays off' }
}

function stepOfChange(
  backend: string,
  old: BackendConfig,
  next: BackendConfig,
  keepsState: boolean,
): PlanStep {
  const keys = changedKeys(old, next)
  const atStart = keys.filter((key) => aboutKey(key).effect === 'restart')
  const step = { backend, keys, isStale: atStart.length > 0 }
  if (keys.length === 0) return { ...step, action: 'leave', why: 'nothing has changed' }
  if (old.enabled !== next.enabled && !keepsState) {
    return next.enabled
      ? { ...step, action: 'start', why: `enabled is true now: it starts${alsoChanged(keys)}` }
      : { ...step, action: 'stop', why: `enabled is false now: it stops${alsoChanged(keys)}` }
  }
  if (atStart.length > 0) {
    const why = `${listed(atStart)} ${isOrAre(atStart)} read at the start: it restarts if it runs`
    return { ...step, action: 'restart', why }
  }
  if (keys.join() === 'enabled') {
    const why = `enabled is ${next.enabled} from the next start of Switchyard on`
    return { ...step, action: 'live', why }
  }
  return { ...step, action: 'live', why: `${listed(keys)} ${takesOrTake(keys)} effect immediately` }
}

/** Keys whose values differ, defaults included: `enabled` first, then those that apply immediately. */
export const changedKeys = (old: BackendConfig, next: BackendConfig): ConfigKey[] =>
  KEYS_BY_EFFECT.filter((key) => !isDeepStrictEqual(old[key], next[key]))

const KEYS_BY_EFFECT = KEY_EFFECTS.flatMap((effect) =>
  CONFIG_KEYS.filter((key) => aboutKey(key).effect === effect),
)

function alsoChanged(keys: readonly string[]): string {
  const others = keys.filter((key) => key !== 'enabled')
  return others.length === 0 ? '' : ` with the new ${listed(others)}`
}

const listed = (keys: readonly string[]) =>
  keys.length < 2 ? keys.join() : `${keys.slice(0, -1).join(', ')} and ${keys.at(-1)}`
const isOrAre = (keys: readonly string[]) => (keys.length === 1 ? 'is' : 'are')
const takesOrTake = (keys: readonly string[]) => (keys.length === 1 ? 'takes' : 'take')
