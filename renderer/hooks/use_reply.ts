/** One ControlApi reply for a component, requested on mount, when the parameters change, and after a reconnect. */
import { hashKey, useQuery, type Query } from '@tanstack/react-query'
import type { ControlMethod, ControlParams, ControlResult } from '../../protocol/control.ts'
import { useControlCall } from '../state/control_context.tsx'
import { isConnected, usePanel } from '../state/panel_store.ts'
import { t } from '../i18n/i18n.ts'
import { errorText } from '../format/message.ts'

export interface Reply<T> {
  /** null before the first reply. Kept while disconnected. */
  value: T | null
  problem: string | null
  ask(): void
}

interface ReplyOptions<T> {
  after?: unknown
  refetchInterval?: number | false | ((query: Query<T>) => number | false)
  enabled?: boolean
}

export function useReply<M extends ControlMethod>(
  method: M,
  params: ControlParams<M>,
  { after, refetchInterval = false, enabled = true }: ReplyOptions<ControlResult<M>> = {},
): Reply<ControlResult<M>> {
  const call = useControlCall()
  const question = hashKey([method, params])
  const { data, error, refetch } = useQuery<ControlResult<M>>({
    queryKey: [question, after],
    queryFn: () => call(method, params),
    placeholderData: (before, query) => (query?.queryKey[0] === question ? before : undefined),
    refetchInterval,
    enabled,
  })
  return { value: data ?? null, problem: error && errorText(error), ask: () => void refetch() }
}

/** Placeholder before the first reply. `asking` names what is loading, such as "Reading the card…". */
export function useWaitingText(asking: string): string {
  return usePanel(isConnected) ? asking : t('backends:lost_unread')
}
