import { Repeat } from 'lucide-react'
import { useId, useMemo } from 'react'
import { t } from '../../../i18n/i18n.ts'
import { useActions } from '../../../state/actions_context.ts'
import { isConnected, usePanel } from '../../../state/panel_store.ts'
import type { Exchange, Run } from '../../../state/runs.ts'
import { stageInput, usePlayground } from '../../../state/playground_store.ts'
import { summaryOf } from '../reply_reading.ts'
import './compare.css'
import { compareRows, TIME_ROWS, type Cell } from './compare_rows.ts'
import { differencesOf, type Difference, type Leaf } from '../../../state/differences.ts'
import { isOneInput, pairOf, type Side } from './pair.ts'
import { Button } from '../../../components/button.tsx'

const DIFFERENCES_SHOWN = 30

export function CompareView() {
  const runs = usePlayground((state) => state.runs)
  const currentId = usePlayground((state) => state.currentRunId)
  const chosen = usePlayground((state) => state.compared)
  const pair = pairOf(runs, currentId, chosen)
  return (
    <>
      <div className="section compare-choice">
        <Chooser side="a" runs={runs} value={pair.a?.exchange.requestId ?? ''} />
        <Chooser side="b" runs={runs} value={pair.b?.exchange.requestId ?? ''} />
        <RepeatButton />
      </div>
      {pair.a && pair.b ? (
        <Comparison a={pair.a} b={pair.b} runs={runs} />
      ) : (
        <p className="results-empty">{t('test:compare.empty')}</p>
      )}
    </>
  )
}

function Chooser({ side, runs, value }: { side: 'a' | 'b'; runs: readonly Run[]; value: string }) {
  const id = useId()
  return (
    <div className="row">
      <label htmlFor={id} className="compare-side">
        {side.toUpperCase()}
      </label>
      <select
        id={id}
        className="field grow"
        value={value}
        onChange={(event) =>
          usePlayground.setState((state) => ({
            compared: { ...state.compared, [side]: event.target.value },
          }))
        }
      >
        {value === '' && <option value="">{t('test:compare.none')}</option>}
        {runs.map((run) => (
          <optgroup key={run.id} label={`#${run.id} · ${run.input.name}`}>
            {run.exchanges.map((exchange) => (
              <option key={exchange.requestId} value={exchange.requestId}>
                {`#${run.id} · ${exchange.backend}: ${summaryOf(exchange).text}`}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  )
}

/** A single run proves little about times. */
const REPETITIONS = 10

function RepeatButton() {
  const { sender } = useActions()
  const isLive = usePanel(isConnected)
  const hasInput = usePlayground((state) => stageInput(state) !== null)
  const queue = usePlayground((state) => state.queue)
  return (
    <div className="row compare-repeat">
      <Button
        icon={Repeat}
        disabled={!isLive || !hasInput || queue !== null}
        onClick={() => void sender.repeat(REPETITIONS)}
      >
        {t('test:compare.repeat', { count: REPETITIONS })}
      </Button>
      <span className="caption ink-3">
        {queue?.of === 'runs'
          ? t('test:source.runs', { done: queue.done + 1, total: queue.total })
          : t('test:compare.repeat_hint')}
      </span>
    </div>
  )
}

interface ComparisonProps {
  a: Side
  b: Side
  runs: readonly Run[]
}

function Comparison({ a, b, runs }: ComparisonProps) {
  const rows = compareRows(a, b, runs)
  const differences = useMemo(() => differencesOf(dataOf(a.exchange), dataOf(b.exchange)), [a, b])
  return (
    <>
      <table className="compare-table">
        <thead>
          <tr>
            <th scope="col">{t('test:compare.value')}</th>
            <th scope="col">{t('test:compare.side', { side: 'A', run: a.run.id })}</th>
            <th scope="col">{t('test:compare.side', { side: 'B', run: b.run.id })}</th>
            <th scope="col">{t('test:compare.change')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                {t(`test:compare.row.${row.name}`)}
                {TIME_ROWS.has(row.name) && <span className="ink-3"> ms</span>}
              </th>
              <CellView cell={row.a} />
              <CellView cell={row.b} />
              <td>
                <b>{row.change}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="section">
        <p className="small ink-2">
          {t(isOneInput(a.run, b.run) ? 'test:compare.same_input' : 'test:compare.other_input')}{' '}
          {verdictOf(differences)}
        </p>
      </div>
      {differences.length > 0 && <Differences differences={differences} />}
    </>
  )
}

function CellView({ cell: { text, note } }: { cell: Cell }) {
  return (
    <td>
      {text}
      {note !== '' && <span className="caption ink-3 compare-note">{note}</span>}
    </td>
  )
}

function Differences({ differences }: { differences: readonly Difference[] }) {
  const shown = differences.slice(0, DIFFERENCES_SHOWN)
  return (
    <section className="section" aria-labelledby="compare-values">
      <h2 id="compare-values">{t('test:compare.values')}</h2>
      <table className="compare-table compare-values">
        <thead>
          <tr>
            <th scope="col">{t('test:compare.value')}</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
            <th scope="col">{t('test:compare.gap')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ path, a, b, gap }) => (
            <tr key={path}>
              <th scope="row" className="mono">
                {path}
              </th>
              <td>{leafText(a)}</td>
              <td>{leafText(b)}</td>
              <td>{gap === null ? '' : short(gap)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {differences.length > shown.length && (
        <p className="caption ink-3">
          {t('test:compare.more', { count: differences.length - shown.length })}
        </p>
      )}
    </section>
  )
}

function verdictOf(differences: readonly Difference[]): string {
  if (differences.length === 0) return t('test:compare.equal')
  const [largest] = differences
  if (differences.some(({ gap }) => gap === null)) return t('test:compare.differ')
  return t('test:compare.within', { gap: short(largest?.gap ?? 0) })
}

function leafText(leaf: Leaf | undefined): string {
  if (leaf === undefined) return '–'
  return typeof leaf === 'number' ? short(leaf) : String(leaf)
}

/** Five significant digits exceed the precision of the models. */
const short = (value: number) => String(Number(value.toPrecision(5)))

function dataOf({ outcome }: Exchange): unknown {
  return outcome.phase === 'answered' ? outcome.reply?.data : undefined
}
