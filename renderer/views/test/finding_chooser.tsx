/** Which face or object of an answer is meant, and whether its boxes are the ones over the picture. */
import { ChevronLeft, ChevronRight, Scan } from 'lucide-react'
import type { Run } from '../../state/runs.ts'
import { useTest, type TestState } from '../../state/test_store.ts'
import { drawnOf, type Reading } from './reply_reading.ts'

interface FindingChooserProps {
  backend: string
  reading: Reading
  run: Run
}

export function FindingChooser({ backend, reading, run }: FindingChooserProps) {
  const chosen = useTest((state) => state.selected?.backend ?? null)
  const finding = useSelectedFinding(backend, run)
  const amount = reading.findings.length
  if (amount === 0) return null
  const show = (index: number) =>
    useTest.setState({ selected: { backend, finding: (index + amount) % amount } })
  return (
    <span className="row small ink-3 no-wrap" style={{ gap: 0 }}>
      {amount > 1 && (
        <button
          type="button"
          className="icon-btn icon-btn-small"
          aria-label={`Previous ${reading.noun}`}
          onClick={() => show(finding - 1)}
        >
          <ChevronLeft size={14} aria-hidden />
        </button>
      )}
      {reading.noun} {finding + 1} of {amount}
      {amount > 1 && (
        <button
          type="button"
          className="icon-btn icon-btn-small"
          aria-label={`Next ${reading.noun}`}
          onClick={() => show(finding + 1)}
        >
          <ChevronRight size={14} aria-hidden />
        </button>
      )}
      {drawnOf(run, chosen)?.backend !== backend && (
        <button
          type="button"
          className="icon-btn icon-btn-small"
          aria-label={`Draw the boxes of ${backend}`}
          title={`Draw the boxes of ${backend}`}
          onClick={() => show(finding)}
        >
          <Scan size={13} strokeWidth={1.5} aria-hidden />
        </button>
      )}
    </span>
  )
}

/** The choice belongs to the answer that is drawn; the others show their first. */
export function useSelectedFinding(backend: string, run: Run): number {
  return useTest((state) => findingOf(state, backend, run))
}

function findingOf({ selected }: TestState, backend: string, run: Run): number {
  const drawn = drawnOf(run, selected?.backend ?? null)
  return drawn?.backend === backend ? (selected?.finding ?? 0) : 0
}
