/** Model file and port lookups, debounced. */
import { PORT_MAX } from '../../../protocol/config.ts'
import type { OnnxHeader } from '../../../protocol/models.ts'
import type { PortReport } from '../../../protocol/ports.ts'
import { useReply, type Reply } from '../../hooks/use_reply.ts'
import { useSettled } from '../../hooks/use_settled.ts'

const QUIET_MS = 300

export type Look<T> =
  { phase: 'none' | 'waiting' } | { phase: 'found'; value: T } | { phase: 'failed'; reason: string }

export function useModelLook(typed: string): Look<OnnxHeader> {
  const path = typed.trim()
  const settled = useSettled(path, QUIET_MS)
  const isAsked = path !== '' && path === settled
  const reply = useReply('models.look', { path: settled }, { enabled: isAsked })
  return path === '' ? { phase: 'none' } : lookOf(isAsked, reply, ({ header }) => header)
}

/** Port on a host of this computer; nothing is requested until it is a valid port number. */
export function usePortLook(typed: string, host = 'localhost'): Look<PortReport> {
  const port = /^\d{4,5}$/.test(typed) && Number(typed) <= PORT_MAX ? typed : ''
  const settled = useSettled(port, QUIET_MS)
  const isAsked = port !== '' && port === settled
  const reply = useReply('ports.look', { host, port: Number(settled) }, { enabled: isAsked })
  return port === '' ? { phase: 'none' } : lookOf(isAsked, reply, ({ report }) => report)
}

function lookOf<R, T>(isAsked: boolean, reply: Reply<R>, valueOf: (reply: R) => T): Look<T> {
  if (isAsked && reply.problem !== null) return { phase: 'failed', reason: reply.problem }
  if (!isAsked || reply.value === null) return { phase: 'waiting' }
  return { phase: 'found', value: valueOf(reply.value) }
}
