/** Copies a text, and says so for a moment. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from '../api/shell.ts'
import { t } from '../i18n/i18n.ts'

interface CopyButtonProps {
  /** Made when it is asked for. */
  text: () => string
  label: string
  title?: string
  /** An icon alone, or with its label. */
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
      // A browser may forbid it, and has no clipboard on pages from other machines without https.
      setOutcome('refused')
    }
  }
  const Icon = outcome === 'copied' ? Check : Copy
  const name = outcome === null ? label : t(`backends:copy.${outcome}`)
  return (
    <button
      type="button"
      className={isLabelled ? 'btn btn-small' : 'icon-btn icon-btn-small'}
      aria-label={name}
      title={title}
      onClick={() => void copy()}
    >
      <Icon size={isLabelled ? 13 : 12} strokeWidth={1.5} aria-hidden />
      {isLabelled && name}
    </button>
  )
}
