/** What the port doctor says of a port, a moment after it was typed. */
import { useEffect, useState } from 'react'
import type { PortReport } from '../../../protocol/ports.ts'
import { useControlCall } from '../../state/control_context.ts'
import { sentenceOf } from '../backends/use_reply.ts'

/** Typing is over when nothing was typed for this long. */
const QUIET_MS = 400

export interface PortLook {
  /** null while nothing is known of what is typed now. */
  report: PortReport | null
  problem: string | null
}

/** `port` is what was typed; null asks for nothing. */
export function usePortLook(host: string, port: string | null): PortLook {
  const call = useControlCall()
  const [found, setFound] = useState<(PortLook & { of: string }) | null>(null)
  const of = `${host} ${port}`
  useEffect(() => {
    if (port === null || !/^\d{4,5}$/.test(port)) return
    let isOver = false
    const timer = setTimeout(() => {
      call('ports.look', { host, port: Number(port) }).then(
        ({ report }) => {
          if (!isOver) setFound({ of, report, problem: null })
        },
        (error: unknown) => {
          if (!isOver) setFound({ of, report: null, problem: sentenceOf(error) })
        },
      )
    }, QUIET_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [call, host, port, of])
  return found?.of === of ? found : { report: null, problem: null }
}
