import clsx from 'clsx'
import { significant, number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import type { PlainResult, Series } from './plain_result.ts'
import './plain_result.css'

/** More points are drawn as columns. */
const ROWS_MAX = 16
/** Columns that are distinguishable in the narrowest window. */
const COLUMNS_MAX = 160

export function PlainResultView({ result }: { result: PlainResult }) {
  const { prediction, confidence, values, series, hidden } = result
  return (
    <>
      {prediction !== null && (
        <p className="plain-head">
          <b className="plain-prediction">{prediction}</b>
          {confidence !== null && (
            <span className="ink-2">
              {t('test:say.confidence', { value: number(confidence, 2) })}
            </span>
          )}
        </p>
      )}
      {values.length > 0 && (
        <dl className="facts plain-values">
          {values.map(({ key, value }) => (
            <div key={key} className="plain-value">
              <dt>{key}</dt>
              <dd className={clsx(typeof value === 'number' && 'num')}>{textOf(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {series.map((one) => (
        <SeriesView key={one.key} series={one} />
      ))}
      {hidden.length > 0 && (
        <p className="caption ink-3 result-note">
          {t('test:say.under_json', { keys: hidden.join(', ') })}
        </p>
      )}
    </>
  )
}

function SeriesView({ series: { key, points } }: { series: Series }) {
  const peak = points.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0) || 1
  return (
    <section className="plain-series" aria-label={key}>
      <h3 className="caption ink-3">{key}</h3>
      {points.length <= ROWS_MAX ? (
        points.map(({ label, value }, index) => (
          <div key={index} className="class-row plain-row">
            <span className="ellipsis" title={label}>
              {label}
            </span>
            <span className="class-bar">
              <i
                className={clsx('bar-fill', value < 0 && 'is-negative')}
                style={{ width: `${(Math.abs(value) / peak) * 100}%` }}
              />
            </span>
            <span className="num">{significant(value)}</span>
          </div>
        ))
      ) : (
        <Columns values={points.map(({ value }) => value)} />
      )}
    </section>
  )
}

/** With more values than columns, each shows the value furthest from zero of its share. */
function Columns({ values }: { values: readonly number[] }) {
  // A mask has more values than a call takes arguments.
  const least = values.reduce((least, value) => Math.min(least, value), Infinity)
  const most = values.reduce((most, value) => Math.max(most, value), -Infinity)
  const low = Math.min(0, least)
  const high = Math.max(0, most)
  const span = high - low || 1
  const step = Math.ceil(values.length / COLUMNS_MAX)
  const columns = Array.from({ length: Math.ceil(values.length / step) }, (_, index) =>
    values
      .slice(index * step, (index + 1) * step)
      .reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far)),
  )
  const summary = t('test:say.values_range', {
    count: values.length,
    min: significant(least),
    max: significant(most),
  })
  return (
    <>
      <svg
        className="plain-columns"
        viewBox={`0 0 ${columns.length} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
      >
        {columns.map((value, index) => (
          <rect
            key={index}
            x={index + 0.1}
            width={0.8}
            y={(high - Math.max(0, value)) / span}
            height={Math.abs(value) / span}
          />
        ))}
      </svg>
      <p className="caption ink-3">{summary}</p>
    </>
  )
}

function textOf(value: string | number | boolean): string {
  return typeof value === 'number' ? significant(value) : String(value)
}
