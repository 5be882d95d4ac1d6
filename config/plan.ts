/** Decides what a changed configuration means for each backend; the control plane executes it. */
import { isDeepStrictEqual } from 'node:util'
import { message, type Message, type MessageValue } from '../protocol/messages.ts'
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
  why: Message
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
      const why = message('plan.removed')
      return { backend, action: 'remove', keys: [], isStale: false, why }
    }),
  ]
}

function stepOfNew(backend: string, { enabled }: BackendConfig): PlanStep {
  const step = { backend, keys: [], isStale: false }
  return enabled
    ? { ...step, action: 'start', why: message('plan.added_on') }
    : { ...step, action: 'add', why: message('plan.added_off') }
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
  if (keys.length === 0) return { ...step, action: 'leave', why: message('plan.unchanged') }
  if (old.enabled !== next.enabled && !keepsState) {
    return next.enabled
      ? { ...step, action: 'start', why: withOthers(message('plan.starts'), keys) }
      : { ...step, action: 'stop', why: withOthers(message('plan.stops'), keys) }
  }
  if (atStart.length > 0) {
    const why = message('plan.restart', { keys: listed(atStart), count: atStart.length })
    return { ...step, action: 'restart', why }
  }
  if (keys.join() === 'enabled') {
    const why = message('plan.next_start', { value: String(next.enabled) })
    return { ...step, action: 'live', why }
  }
  const why = message('plan.live', { keys: listed(keys), count: keys.length })
  return { ...step, action: 'live', why }
}

/** Keys whose values differ, defaults included: `enabled` first, then those that apply immediately. */
export const changedKeys = (old: BackendConfig, next: BackendConfig): ConfigKey[] =>
  KEYS_BY_EFFECT.filter((key) => !isDeepStrictEqual(old[key], next[key]))

const KEYS_BY_EFFECT = KEY_EFFECTS.flatMap((effect) =>
  CONFIG_KEYS.filter((key) => aboutKey(key).effect === effect),
)

/** Of a backend that is switched, what else changed. */
function withOthers(why: Message, keys: readonly string[]): Message {
  const others = keys.filter((key) => key !== 'enabled')
  return others.length === 0 ? why : message('plan.with', { why, keys: listed(others) })
}

const listed = (keys: readonly string[]): MessageValue =>
  keys.length < 2
    ? keys.join()
    : message('both', { first: keys.slice(0, -1).join(', '), second: keys.at(-1) ?? '' })
