import { TriangleAlert } from 'lucide-react'
import { punctuated } from '../../../format/punctuated.ts'
import { t } from '../../../i18n/i18n.ts'
import { usePortLook } from '../../wizard/use_looks.ts'
import { Button } from '../../../components/button.tsx'

interface PortNoteProps {
  host: string
  port: string
  onUse: (port: number) => void
}

export function PortNote({ host, port, onUse }: PortNoteProps) {
  const look = usePortLook(port, host)
  if (look.phase !== 'found' || look.value.verdict === 'free') return null
  const { suggestion, sentence: words } = look.value
  return (
    <p role="status">
      <span className="config-problem">
        <TriangleAlert size={12} strokeWidth={1.75} aria-hidden />
        <span lang="en">{punctuated(words)}</span>
      </span>{' '}
      {suggestion !== null && (
        <Button onClick={() => onUse(suggestion)}>{t('ports:use', { port: suggestion })}</Button>
      )}
    </p>
  )
}
