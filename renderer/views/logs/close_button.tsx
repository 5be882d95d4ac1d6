import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { t } from '../../i18n/i18n.ts'
import { showAside } from '../../state/log_store.ts'
import { IconButton } from '../../components/button.tsx'

export function CloseButton() {
  const button = useRef<HTMLButtonElement>(null)
  // The pane takes the focus, so that the next key acts on it.
  useEffect(() => button.current?.focus(), [])
  return (
    <IconButton
      icon={X}
      label={t('logs:aside.close')}
      ref={button}
      aria-keyshortcuts="Escape"
      onClick={closeAside}
    />
  )
}

export function closeAside(): void {
  showAside(null)
  document.querySelector<HTMLElement>('.virtual-rows')?.focus()
}
