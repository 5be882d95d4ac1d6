/** Hands the calls of the ControlApi to views that ask for what nobody pushes: metrics, the configuration, crash cards. */
import {
  notifyManager,
  onlineManager,
  QueryClient,
  QueryClientProvider,
} from '@tanstack/react-query'
import { createContext, use, useState, type ReactNode } from 'react'
import type { ControlClient } from '../../client/control_client.ts'
import { ControlError } from '../../protocol/errors.ts'
import { isConnected, usePanel } from './panel_store.ts'

export type CallControl = ControlClient['call']

const ControlContext = createContext<CallControl | null>(null)

/** While disconnected, queries wait; then they are sent again. */
onlineManager.setEventListener((setOnline) => {
  setOnline(isConnected(usePanel.getState()))
  return usePanel.subscribe((state) => setOnline(isConnected(state)))
})

// A reply is shown with the task that brought it, not one timer later.
notifyManager.setScheduler(queueMicrotask)

/** A call that failed with the connection is repeated once there is one again. The status follows its failure a moment later. */
const RETRY_DELAY_MS = 100

const createQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: (_, error) => error instanceof ControlError && error.code === 'disconnected',
        retryDelay: RETRY_DELAY_MS,
        refetchOnWindowFocus: false,
        // A view that is opened again shows no old reply.
        gcTime: 0,
      },
      // What is asked of a control plane that is gone fails, instead of being done at some later time.
      mutations: { networkMode: 'always' },
    },
  })

export function ControlProvider({ call, children }: { call: CallControl; children: ReactNode }) {
  const [queries] = useState(createQueries)
  return (
    <QueryClientProvider client={queries}>
      <ControlContext value={call}>{children}</ControlContext>
    </QueryClientProvider>
  )
}

export function useControlCall(): CallControl {
  const call = use(ControlContext)
  if (!call) throw new Error('useControlCall needs a ControlProvider above it')
  return call
}
