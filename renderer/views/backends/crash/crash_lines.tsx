import { useEffect, useRef } from 'react'
import type { CrashLogLine } from '../../../../protocol/crash.ts'
import { number } from '../../../format/number.ts'
import { clockMs } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'

interface CrashLinesProps {
  lines: readonly CrashLogLine[]
  omitted: number
  evidence: readonly number[]
}

export function CrashLines({ lines, omitted, evidence }: CrashLinesProps) {
  const well = useRef<HTMLDivElement>(null)
  // Scrolls to the evidence; without any, to the end.
  useEffect(() => {
    const box = well.current
    if (!box) return
    const marked = box.querySelector<HTMLElement>('[data-evidence]')
    box.scrollTop = marked ? marked.offsetTop - box.clientHeight / 2 : box.scrollHeight
  }, [lines])
  if (lines.length === 0) return <p className="small ink-3">{t('crash:no_lines')}</p>
  return (
    <div
      ref={well}
      className="well crash-lines"
      role="region"
      aria-label={t('crash:last_lines')}
      tabIndex={0}
    >
      {omitted > 0 && (
        <p className="small ink-3">{t('crash:earlier_lines', { lines: number(omitted) })}</p>
      )}
      <pre>
        {lines.map(({ seq, time, level, message }) => {
          const isEvidence = evidence.includes(seq)
          return (
            <div key={seq} className="crash-line" data-evidence={isEvidence || undefined}>
              <span className="ink-3">{clockMs(time)}</span>{' '}
              <span data-level={level}>{level.toUpperCase().padEnd(5)}</span>{' '}
              {isEvidence && <span className="sr-only">{t('crash:evidence')} </span>}
              {message}
            </div>
          )
        })}
      </pre>
    </div>
  )
}
