import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from '../api/shell.ts'
import { Button, IconButton } from './button.tsx'
import { t } from '../i18n/i18n.ts'

interface CopyButtonProps {
  text: () => string
  label: string
  title?: string
  isLabelled?: boolean
}

const COPIED_MS = 1500

type Outcome = 'copied' | 'refused' | null

export function CopyButton({ text, label, title = label, isLabelled = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>(null)
  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), COPIED_MS)
    return () => clearTimeout(timer)
  }, [outcome])
  const copy = async () => {
    try {
      await copyText(text())
      setOutcome('copied')
    } catch {
      // Remote pages without HTTPS have no clipboard, and a browser may block it.
      setOutcome('refused')
    }
  }
  const icon = outcome === 'copied' ? Check : Copy
  const name = outcome === null ? label : t(`backends:copy.${outcome}`)
  const click = { icon, title, onClick: () => void copy() }
  if (!isLabelled) return <IconButton {...click} label={name} />
  return (
    <Button {...click} aria-label={name}>
      {name}
    </Button>
  )
}
