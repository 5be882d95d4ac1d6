import { useSyncExternalStore } from 'react'
import { useUi } from '../state/ui_store.ts'

export type ResolvedTheme = 'light' | 'dark'

const systemDark = matchMedia('(prefers-color-scheme: dark)')

function resolvedTheme(): ResolvedTheme {
  const { theme } = useUi.getState()
  if (theme !== 'system') return theme
  return systemDark.matches ? 'dark' : 'light'
}

export function applyTheme(): void {
  const apply = () => {
    document.documentElement.dataset['theme'] = resolvedTheme()
  }
  apply()
  useUi.subscribe(apply)
  systemDark.addEventListener('change', apply)
}

export function useResolvedTheme(): ResolvedTheme {
  return useSyncExternalStore(subscribe, resolvedTheme)
}

function subscribe(onChange: () => void): () => void {
  const unsubscribe = useUi.subscribe(onChange)
  systemDark.addEventListener('change', onChange)
  return () => {
    unsubscribe()
    systemDark.removeEventListener('change', onChange)
  }
}
