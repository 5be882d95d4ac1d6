/** Two answers side by side: of two runs, or of two backends in one. */
import { useId, useMemo } from 'react'
import { t } from '../../../i18n/i18n.ts'
import type { Exchange, Run } from '../../../state/runs.ts'
import { useTest } from '../../../state/test_store.ts'
import { summaryOf } from '../reply_reading.ts'
import './compare.css'
import { compareRows, TIME_ROWS } from './compare_rows.ts'
import { differencesOf, type Difference, type Leaf } from '../../../state/differences.ts'
import { pairOf } from './pair.ts'

const DIFFERENCES_SHOWN = 30

export function CompareView() {
  const runs = useTest((state) => state.runs)
  const currentId = useTest((state) => state.currentRunId)
  const chosen = useTest((state) => state.compared)
  const pair = pairOf(runs, currentId, chosen)
  return (
    <>
      <div className="section compare-choice">
        <Chooser side="a" runs={runs} value={pair.a?.requestId ?? ''} />
        <Chooser side="b" runs={runs} value={pair.b?.requestId ?? ''} />
      </div>
      {pair.a && pair.b ? (
        <Comparison a={pair.a} b={pair.b} isSameInput={isSameInput(runs, pair.a, pair.b)} />
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
          useTest.setState((state) => ({
            compared: { ...state.compared, [side]: event.target.value },
          }))
        }
      >
        {value === '' && <option value="">{t('test:compare.none')}</option>}
        {runs.map((run) => (
          <optgroup key={run.id} label={`${run.id} · ${run.input.name}`}>
            {run.exchanges.map((exchange) => (
              <option key={exchange.requestId} value={exchange.requestId}>
                {`${run.id} · ${exchange.backend}: ${summaryOf(exchange).text}`}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  )
}

interface ComparisonProps {
  a: Exchange
  b: Exchange
  isSameInput: boolean
}

function Comparison({ a, b, isSameInput }: ComparisonProps) {
  const rows = useMemo(() => compareRows(a, b), [a, b])
  const differences = useMemo(() => differencesOf(dataOf(a), dataOf(b)), [a, b])
  return (
    <>
      <table className="compare-table">
        <thead>
          <tr>
            <th scope="col">{t('test:compare.value')}</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
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
              <td>{row.a}</td>
              <td>{row.b}</td>
              <td>
                <b>{row.change}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="section">
        <p className="small ink-2">
          {t(isSameInput ? 'test:compare.same_input' : 'test:compare.other_input')}{' '}
          {verdictOf(differences)}
        </p>
      </div>
      {differences.length > 0 && <Differences differences={differences} />}
    </>
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

/** Five digits that count are more than any of the models is sure of. */
const short = (value: number) => String(Number(value.toPrecision(5)))

function dataOf({ outcome }: Exchange): unknown {
  return outcome.phase === 'answered' ? outcome.reply?.data : undefined
}

function isSameInput(runs: readonly Run[], a: Exchange, b: Exchange): boolean {
  const inputOf = ({ requestId }: Exchange) =>
    runs.find(({ exchanges }) => exchanges.some((one) => one.requestId === requestId))?.input
  const [left, right] = [inputOf(a), inputOf(b)]
  return left !== undefined && (left === right || left.file === right?.file)
}
