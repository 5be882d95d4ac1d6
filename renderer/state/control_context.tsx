/** Provides ControlApi calls for what is not pushed: metrics, configuration, crash cards. */
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

/** Queries wait while disconnected. */
onlineManager.setEventListener((setOnline) => {
  setOnline(isConnected(usePanel.getState()))
  return usePanel.subscribe((state) => setOnline(isConnected(state)))
})

// Shows a reply in the task that brought it, not one timer later.
notifyManager.setScheduler(queueMicrotask)

/** Retries a call that failed with the connection. The status changes shortly after the failure. */
const RETRY_DELAY_MS = 100

const createQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: (_, error) => error instanceof ControlError && error.code === 'disconnected',
        retryDelay: RETRY_DELAY_MS,
        refetchOnWindowFocus: false,
        // A reopened view must not show an old reply.
        gcTime: 0,
      },
      // Fail while disconnected instead of running later.
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
