/** Shortcuts of a view. Single keys never fire in fields or over a dialog, and can be disabled. */
import { useEffect, useRef } from 'react'
import { useUi } from '../state/ui_store.ts'

/** Keys such as `j`, `]`, `Space`, `ArrowDown`, `Ctrl+Enter`; a handler that returns false lets the key pass. */
export type KeyHandlers = Readonly<Record<string, (event: KeyboardEvent) => boolean | void>>

export function useKeys(handlers: KeyHandlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isBlocked(event)) return
      const handler = latest.current[keyName(event)]
      if (handler && handler(event) !== false) event.preventDefault()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
}

export function keyName(event: KeyboardEvent): string {
  const key =
    event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key
  const isLetter = /^[a-z]$/.test(key)
  return [
    event.ctrlKey || event.metaKey ? 'Ctrl+' : '',
    event.altKey ? 'Alt+' : '',
    // Some keyboards need Shift for "?" and "]".
    event.shiftKey && (isLetter || key.length > 1) ? 'Shift+' : '',
    key,
  ].join('')
}

function isBlocked(event: KeyboardEvent): boolean {
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey
  if (document.querySelector('[role="dialog"][data-state="open"]')) return true
  if (hasModifier || event.key.length > 1) return false
  return isField(event.target) || !useUi.getState().singleKeys
}

export function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest(
      'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]',
    ) !== null
  )
}
