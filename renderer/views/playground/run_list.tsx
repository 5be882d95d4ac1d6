import clsx from 'clsx'
import { Activity, Download, File, type LucideIcon, Trash2 } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import type { FileKind } from '../../../protocol/file_kind.ts'
import { ms, number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { noteDone } from '../../state/panel_store.ts'
import { isBusy, type PlaygroundInput, type Run, RUNS_MAX } from '../../state/runs.ts'
import { removeRuns, usePlayground } from '../../state/playground_store.ts'
import { roundTripOf, summaryLine, summaryOf } from './reply_reading.ts'
import './run_list.css'
import { saveText } from '../../api/save_file.ts'
import { IconButton } from '../../components/button.tsx'

export function RunList() {
  const runs = usePlayground((state) => state.runs)
  const currentId = usePlayground((state) => state.currentRunId)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === 'Delete' && currentId !== null) {
      noteDone(t('test:runs.removed', { id: currentId }), removeRuns([currentId]))
      return
    }
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
      <div className="runs-head row">
        <h2 className="h2">{t('test:view.runs')}</h2>
        <span className="caption ink-3" title={t('test:say.kept', { max: RUNS_MAX })}>
          {number(runs.length)}
        </span>
        <span className="grow" />
        {runs.length > 0 && <ListButtons runs={runs} />}
      </div>
      {runs.length === 0 ? (
        <p className="small ink-3 runs-empty">{t('test:view.runs_empty')}</p>
      ) : (
        <ul className="runs" aria-label={t('test:view.runs_newest_first')} onKeyDown={onKeyDown}>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} isCurrent={run.id === currentId} />
          ))}
        </ul>
      )}
    </>
  )
}

function ListButtons({ runs }: { runs: readonly Run[] }) {
  return (
    <>
      <IconButton
        icon={Download}
        label={t('test:runs.export')}
        title={t('test:runs.export')}
        onClick={() => saveText('switchyard-runs.csv', 'text/csv', runsCsv(runs))}
      />
      <IconButton
        icon={Trash2}
        label={t('test:runs.clear')}
        title={t('test:runs.clear')}
        onClick={() => {
          const done = runs.filter((run) => !isBusy(run)).map(({ id }) => id)
          noteDone(t('test:runs.cleared', { count: done.length }), removeRuns(done))
        }}
      />
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
          <span className="run-line">
            <span className="grow">{run.input.name}</span>
            <span className="caption num ink-3">#{run.id}</span>
          </span>
          <span className="run-line caption">
            <span className={clsx('grow', tone ?? 'ink-3')}>{summaryLine(summaries)}</span>
            {roundTripMs !== null && <span className="num no-wrap">{ms(roundTripMs)}</span>}
          </span>
        </span>
      </button>
    </li>
  )
}

const ICONS: Record<FileKind, LucideIcon> = { image: File, eeg: Activity }

function Thumb({ input: { kind, url } }: { input: PlaygroundInput }) {
  const [isUnreadable, setIsUnreadable] = useState(false)
  if (kind === 'image' && !isUnreadable) {
    return <img className="thumb" src={url} alt="" onError={() => setIsUnreadable(true)} />
  }
  const Icon = ICONS[kind]
  return (
    <span className="thumb">
      <Icon size={15} strokeWidth={1.5} aria-hidden />
    </span>
  )
}

function select(id: number): void {
  usePlayground.setState({ currentRunId: id, selected: null })
}

const COLUMNS = [
  'run',
  'file',
  'backend',
  'sent',
  'outcome',
  'summary',
  'round_trip_ms',
  'provider',
  'request_id',
]

function runsCsv(runs: readonly Run[]): string {
  const rows = runs.flatMap((run) =>
    run.exchanges.map((exchange) => {
      const { outcome } = exchange
      const isTimed = outcome.phase === 'answered' || outcome.phase === 'refused'
      return [
        run.id,
        run.input.name,
        exchange.backend,
        new Date(exchange.sentAtMs).toISOString(),
        outcome.phase,
        summaryOf(exchange).text,
        isTimed ? outcome.roundTripMs.toFixed(2) : '',
        outcome.phase === 'answered' ? (outcome.reply?.provider ?? '') : '',
        exchange.requestId,
      ].map((value) => cell(String(value)))
    }),
  )
  return [COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

/** Keeps spreadsheets from reading a cell as a formula: https://owasp.org/www-community/attacks/CSV_Injection */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
