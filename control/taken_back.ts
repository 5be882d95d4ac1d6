import { changedKeys } from '../config/plan.ts'
import type { BackendConfig, ConfigProblem } from '../protocol/config.ts'
import { asText, joined, message, type Message } from '../protocol/messages.ts'
import type { PortHolder } from '../protocol/ports.ts'
import { programName } from './ports/port_text.ts'

export interface TakenBack {
  backend: string
  before: BackendConfig
  tried: BackendConfig
  reason: Message
  /** Set when another program holds the reverted section's port. */
  held: { holder: PortHolder | null; freePort: number | null } | null
}

export type TakenBackText = Omit<ConfigProblem, 'file' | 'line'>

const KEYS_NAMED_MAX = 3

export function takenBackText(given: TakenBack): TakenBackText {
  const { backend, before, tried, reason, held } = given
  const section = `model_backends.${backend}`
  if (held !== null && tried.port !== before.port) {
    const { holder, freePort } = held
    return {
      key: `${section}.port`,
      ...asText({
        message: joined(
          message('taken_back.keeps_port', { backend, port: before.port }),
          message('port.held', { port: tried.port, holder: programName(holder) }),
        ),
        remedy:
          freePort === null
            ? message('fix.other_port')
            : message('fix.port_or_stop', { port: freePort }),
      }),
      taken_back: backend,
      ports: { tried: tried.port, kept: before.port },
      ...(freePort === null ? {} : { free_port: freePort }),
      ...(holder === null ? {} : { holder }),
    }
  }
  const changed = changedKeys(before, tried)
  const [first] = changed
  const keys =
    changed.length > KEYS_NAMED_MAX || first === undefined
      ? message('taken_back.settings')
      : changed.join(', ')
  return {
    key: changed.length === 1 ? `${section}.${first}` : section,
    ...asText({
      message: joined(
        message('taken_back.keeps_keys', { backend, keys }),
        message('taken_back.reason', { keys, reason }),
      ),
      remedy: message('fix.file'),
    }),
    taken_back: backend,
  }
}
