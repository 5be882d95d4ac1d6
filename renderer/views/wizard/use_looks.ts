/** What the control plane finds out about a model file and a port, a moment after they were typed. */
import { useEffect, useState } from 'react'
import type { OnnxHeader } from '../../../protocol/models.ts'
import type { PortReport } from '../../../protocol/ports.ts'
import { useControlCall } from '../../state/control_context.ts'
import { messageOf } from '../../../protocol/errors.ts'

/** Typing is over when nothing was typed for this long. */
const QUIET_MS = 300

export type Look<T> =
  { phase: 'none' | 'waiting' } | { phase: 'found'; value: T } | { phase: 'failed'; reason: string }

export function useModelLook(path: string): Look<OnnxHeader> {
  const call = useControlCall()
  return useLook(
    path.trim(),
    async (wanted) => (await call('models.look', { path: wanted })).header,
  )
}

/** Of a port on a host of this computer; nothing is asked until it is a whole number of a port. */
export function usePortLook(port: string, host = 'localhost'): Look<PortReport> {
  const call = useControlCall()
  const wanted = /^\d{4,5}$/.test(port) && Number(port) <= 65_535 ? port : ''
  return useLook(
    wanted,
    async (typed) => (await call('ports.look', { host, port: Number(typed) })).report,
  )
}

/** Nothing is asked for an empty question. `ask` is the one of the time when typing is over. */
function useLook<T>(question: string, ask: (question: string) => Promise<T>): Look<T> {
  const [answer, setAnswer] = useState<{ question: string; look: Look<T> }>()
  useEffect(() => {
    if (question === '') return
    let isOver = false
    const timer = setTimeout(() => {
      ask(question).then(
        (value) => {
          if (!isOver) setAnswer({ question, look: { phase: 'found', value } })
        },
        (error: unknown) => {
          if (isOver) return
          setAnswer({ question, look: { phase: 'failed', reason: messageOf(error) } })
        },
      )
    }, QUIET_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `ask` differs in each draw and asks the same.
  }, [question])
  if (question === '') return { phase: 'none' }
  return answer?.question === question ? answer.look : { phase: 'waiting' }
}
