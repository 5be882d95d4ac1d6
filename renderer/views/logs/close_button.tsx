import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { t } from '../../i18n/i18n.ts'
import { showAside } from '../../state/log_store.ts'

export function CloseButton() {
  const button = useRef<HTMLButtonElement>(null)
  // The pane takes the focus, so that the next key acts on it.
  useEffect(() => button.current?.focus(), [])
  return (
    <button
      ref={button}
      type="button"
      className="icon-btn icon-btn-small"
      aria-label={t('logs:aside.close')}
      aria-keyshortcuts="Escape"
      onClick={closeAside}
    >
      <X size={14} strokeWidth={1.5} aria-hidden />
    </button>
  )
}

export function closeAside(): void {
  showAside(null)
  document.querySelector<HTMLElement>('.log-rows')?.focus()
}
