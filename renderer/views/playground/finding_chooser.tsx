import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { Run } from '../../state/runs.ts'
import { usePlayground, type PlaygroundState } from '../../state/playground_store.ts'
import { drawnOf, type Reading } from './reply_reading.ts'
import { t } from '../../i18n/i18n.ts'
import { IconButton } from '../../components/button.tsx'

interface FindingChooserProps {
  backend: string
  reading: Reading
  run: Run
}

export function FindingChooser({ backend, reading, run }: FindingChooserProps) {
  const finding = useSelectedFinding(backend, run)
  const amount = reading.findings.length
  if (amount === 0) return null
  const noun = t(`test:say.noun.${reading.noun}`)
  const show = (index: number) =>
    usePlayground.setState({ selected: { backend, finding: (index + amount) % amount } })
  return (
    <span className="row small ink-3 no-wrap" style={{ gap: 0 }}>
      {amount > 1 && (
        <IconButton
          icon={ChevronLeft}
          label={t('test:say.previous', { noun })}
          onClick={() => show(finding - 1)}
        />
      )}
      {t('test:say.finding', { noun, n: finding + 1, total: amount })}
      {amount > 1 && (
        <IconButton
          icon={ChevronRight}
          label={t('test:say.next', { noun })}
          onClick={() => show(finding + 1)}
        />
      )}
    </span>
  )
}

/** The selection applies to the drawn reply; others show their first finding. */
export function useSelectedFinding(backend: string, run: Run): number {
  return usePlayground((state) => findingOf(state, backend, run))
}

function findingOf({ selected }: PlaygroundState, backend: string, run: Run): number {
  const drawn = drawnOf(run, selected?.backend ?? null)
  return drawn?.backend === backend ? (selected?.finding ?? 0) : 0
}
