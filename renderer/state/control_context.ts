/** Hands the calls of the ControlApi to views that ask for what nobody pushes: metrics, the configuration, crash cards. */
import { createContext, use } from 'react'
import type { ControlClient } from '../../client/control_client.ts'

export type CallControl = ControlClient['call']

export const ControlContext = createContext<CallControl | null>(null)

export function useControlCall(): CallControl {
  const call = use(ControlContext)
  if (!call) throw new Error('useControlCall needs a ControlContext above it')
  return call
}
