import { createContext, use } from 'react'
import type { PanelActions } from './session.ts'
import type { PlaygroundSender } from './playground_send.ts'

export interface Actions {
  panel: PanelActions
  sender: PlaygroundSender
}

export const ActionsContext = createContext<Actions | null>(null)

export function useActions(): Actions {
  const actions = use(ActionsContext)
  if (!actions) throw new Error('useActions needs an ActionsContext above it')
  return actions
}
