import { Box, Copy, Link2, SquareTerminal, type LucideIcon } from 'lucide-react'
import { BUILTIN_NAMES } from '../../../protocol/builtin_backends.ts'
import { t } from '../../i18n/i18n.ts'
import type { Source } from './draft.ts'

const ICONS: Record<Source, LucideIcon> = {
  onnx: Box,
  command: SquareTerminal,
  builtin: Copy,
  external: Link2,
}

export function SourceLabel({ source }: { source: Source }) {
  const Icon = ICONS[source]
  return (
    <>
      <Icon size={16} strokeWidth={1.5} aria-hidden />
      <span>
        <b>{t(`wizard:source.${source}`)}</b>
        <span className="small ink-2 wizard-source-text">
          {t(`wizard:source.${source}_text`, { names: BUILTIN_NAMES.join(', ') })}
        </span>
      </span>
    </>
  )
}
