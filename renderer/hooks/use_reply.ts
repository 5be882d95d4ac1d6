/** One answer of the ControlApi for a component: asked when it is shown, when the question changes, and after a lost connection. */
import { useCallback, useEffect, useState } from 'react'
import type { ControlMethod, ControlParams, ControlResult } from '../../protocol/control.ts'
import { useControlCall } from '../state/control_context.ts'
import { isConnected, usePanel } from '../state/panel_store.ts'
import { t } from '../i18n/i18n.ts'
import { messageOf } from '../../protocol/errors.ts'

export interface Reply<T> {
  /** null before the first answer. What was answered stays while the control plane is lost. */
  value: T | null
  /** Why there is no newer answer; null when there is one. */
  problem: string | null
  ask(): void
}

/** Asks again whenever `after`, a string or number, changes. */
export function useReply<M extends ControlMethod>(
  method: M,
  params: ControlParams<M>,
  after: string | number | null = null,
): Reply<ControlResult<M>> {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const question = JSON.stringify(params)
  const key = `${method} ${question}`
  const [asked, setAsked] = useState(0)
  const [answer, setAnswer] = useState<Answer<ControlResult<M>> | null>(null)
  useEffect(() => {
    if (!isLive) return
    let isOver = false
    call(method, JSON.parse(question) as ControlParams<M>).then(
      (value) => {
        if (!isOver) setAnswer({ key, value, problem: null })
      },
      (error: unknown) => {
        if (isOver) return
        const problem = messageOf(error)
        setAnswer((old) => ({ key, value: old?.key === key ? old.value : null, problem }))
      },
    )
    return () => {
      isOver = true
    }
  }, [call, method, question, key, isLive, after, asked])
  const ask = useCallback(() => setAsked((times) => times + 1), [])
  const current = answer?.key === key ? answer : null
  return { value: current?.value ?? null, problem: current?.problem ?? null, ask }
}

interface Answer<T> {
  key: string
  value: T | null
  problem: string | null
}

/** Stands where nothing is known yet. `asking` says what is under way, such as "Reading the card…". */
export function useWaitingWords(asking: string): string {
  return usePanel(isConnected) ? asking : t('backends:lost_unread')
}
