/** The runs of this window, newest first. They are kept in memory only. */
import clsx from 'clsx'
import { Activity, File } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { msFigure, number } from '../../format/number.ts'
import { RUNS_MAX, type Run, type TestInput } from '../../state/runs.ts'
import { useTest } from '../../state/test_store.ts'
import { roundTripOf, summaryOf } from './reply_reading.ts'
import './run_list.css'

export function RunList() {
  const runs = useTest((state) => state.runs)
  const currentId = useTest((state) => state.currentRunId)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const index = runs.findIndex((run) => run.id === currentId)
    const next = runs[Math.max(0, Math.min(runs.length - 1, index + step))]
    if (!next) return
    select(next.id)
    event.currentTarget.querySelector<HTMLElement>(`[data-run="${next.id}"]`)?.focus()
  }
  return (
    <>
      <div className="runs-head">
        <h2 className="h2">Runs</h2>
        <span
          className="caption ink-3"
          title={`The newest ${RUNS_MAX} are kept, until this page closes`}
        >
          {number(runs.length)}
        </span>
      </div>
      {runs.length === 0 ? (
        <p className="small ink-3 runs-empty">
          Each picture or EEG file that you run appears here.
        </p>
      ) : (
        <ul className="runs" aria-label="Runs, newest first" onKeyDown={onKeyDown}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} isCurrent={run.id === currentId} />
          ))}
        </ul>
      )}
    </>
  )
}

function RunRow({ run, isCurrent }: { run: Run; isCurrent: boolean }) {
  const summaries = run.exchanges.map(summaryOf)
  const tone = summaries.find((summary) => summary.tone !== 'normal')?.tone
  const roundTripMs = roundTripOf(run)
  return (
    <li>
      <button
        type="button"
        className="run"
        data-run={run.id}
        aria-current={isCurrent || undefined}
        tabIndex={isCurrent ? 0 : -1}
        onClick={() => select(run.id)}
      >
        <Thumb input={run.input} />
        <span className="run-text">
          <span className="ellipsis">{run.input.name}</span>
          <span className={clsx('caption ellipsis', tone ?? 'ink-3')}>
            {summaries.map((summary) => summary.text).join(', ')}
          </span>
        </span>
        <span className="num">
          {roundTripMs !== null && (
            <>
              {msFigure(roundTripMs)}
              <span className="caption ink-3">{roundTripMs < 10_000 && 'ms'}</span>
            </>
          )}
        </span>
      </button>
    </li>
  )
}

function Thumb({ input: { kind, url } }: { input: TestInput }) {
  const [isUnreadable, setIsUnreadable] = useState(false)
  if (kind === 'image' && !isUnreadable) {
    return <img className="thumb" src={url} alt="" onError={() => setIsUnreadable(true)} />
  }
  const Icon = kind === 'eeg' ? Activity : File
  return (
    <span className="thumb">
      <Icon size={15} strokeWidth={1.5} aria-hidden />
    </span>
  )
}

function select(id: number): void {
  useTest.setState({ currentRunId: id, selected: null })
}
