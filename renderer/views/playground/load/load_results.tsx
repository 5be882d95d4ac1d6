/** Results of this window's load tests, newest first; a sweep with its knee. */
import { Download } from 'lucide-react'
import { providerName } from '../../../format/backend_text.ts'
import { ms, msValue, number, perSecond } from '../../../format/number.ts'
import { clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { kneeOf, type LoadReport, type StepResult } from '../../../../client/load/load_plan.ts'
import { useLoad, type LoadResult } from '../../../state/load/load_store.ts'
import { useToday } from '../../../state/panel_store.ts'
import { saveText } from '../../../api/save_file.ts'
import { KneeChart } from './knee_chart.tsx'
import { Button } from '../../../components/button.tsx'

export function LoadResults() {
  const results = useLoad((state) => state.results)
  if (results.length === 0) return null
  return (
    <>
      {results.map((result, index) => (
        <Result
          key={result.id}
          result={result}
          before={results.slice(index + 1).find((one) => one.backend === result.backend)}
        />
      ))}
      <div className="section row">
        <Button
          icon={Download}
          look="ghost"
          onClick={() =>
            saveText('switchyard-load.json', 'application/json', JSON.stringify(results, null, 1))
          }
        >
          {t('load_test:export_json')}
        </Button>
        <Button
          icon={Download}
          look="ghost"
          onClick={() => saveText('switchyard-load.csv', 'text/csv', csvOf(results))}
        >
          {t('load_test:export_csv')}
        </Button>
      </div>
    </>
  )
}

function Result({ result, before }: { result: LoadResult; before: LoadResult | undefined }) {
  const today = useToday()
  const { report, backend, file, context, settings, atMs } = result
  const knee = kneeOf(report.steps)
  return (
    <section className="section" aria-label={t('load_test:of', { backend, file })}>
      <h2 className="ellipsis">{t('load_test:of', { backend, file })}</h2>
      <p className="caption ink-3">
        {t('load_test:context', {
          time: clockSeconds(atMs, today),
          provider: context.provider === null ? 'n/a' : providerName(context.provider),
          queueLimit: context.queueLimit,
          seconds: settings.seconds,
        })}
      </p>
      <Notes report={report} />
      {report.steps.length > 2 && (
        <>
          <p className="row small load-knee">
            <b>{t('load_test:knee')}</b>
            <span className="ink-3">{t('load_test:knee_labels')}</span>
          </p>
          <KneeChart steps={report.steps} knee={knee} />
          <p className="small ink-2 load-text">{kneeText(report.steps, knee)}</p>
        </>
      )}
      <Steps steps={report.steps} knee={knee} />
      {before && <Before result={before} />}
    </section>
  )
}

function Notes({ report }: { report: LoadReport }) {
  return (
    <>
      {report.stopped !== null && (
        <p className={report.stopped === 'by hand' ? 'small ink-2' : 'small stop'}>
          {stoppedText(report.stopped)}
        </p>
      )}
      {report.isGeneratorSlow && <p className="small warn">{t('load_test:slow')}</p>}
    </>
  )
}

function stoppedText(stopped: NonNullable<LoadReport['stopped']>): string {
  switch (stopped) {
    case 'by hand':
      return t('load_test:stopped.by_hand')
    case 'errors':
      return t('load_test:stopped.errors')
    case 'no connection':
      return t('load_test:stopped.no_connection')
  }
}

function kneeText(steps: readonly StepResult[], knee: StepResult | null): string {
  if (knee === null || knee.p95 === null) return t('load_test:no_knee')
  const best = t('load_test:best', {
    concurrency: knee.concurrency,
    perSecond: perSecond(knee.perSecond),
    p95: ms(knee.p95),
  })
  const next = steps[steps.indexOf(knee) + 1]
  if (next === undefined || next.p95 === null) return best
  const beyond = {
    concurrency: next.concurrency,
    perSecond: perSecond(next.perSecond),
    p95: ms(next.p95),
  }
  const isSlower = next.perSecond < knee.perSecond
  return `${best} ${isSlower ? t('load_test:slower', beyond) : t('load_test:beyond', beyond)}`
}

function Steps({ steps, knee }: { steps: readonly StepResult[]; knee: StepResult | null }) {
  return (
    <table className="load-steps">
      <thead>
        <tr>
          <th scope="col">{t('load_test:step')}</th>
          <th scope="col">{t('load_test:rate')}</th>
          <th scope="col">{t('words:p50_ms')}</th>
          <th scope="col">{t('load_test:p95')}</th>
          <th scope="col">{t('load_test:p99')}</th>
          <th scope="col">{t('words:errors')}</th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <tr key={step.concurrency} data-knee={step === knee || undefined}>
            <th scope="row">{step.concurrency}</th>
            <td>{perSecond(step.perSecond)}</td>
            {[step.p50, step.p95, step.p99].map((value, index) => (
              <td key={index}>{value === null ? '–' : msValue(value)}</td>
            ))}
            <td>{number(Object.values(step.errors).reduce((sum, count) => sum + count, 0))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Before({ result: { report } }: { result: LoadResult }) {
  const last = report.steps.at(-1)
  if (last === undefined || last.p95 === null) return null
  return (
    <p className="caption ink-3 load-before">
      {t('load_test:before', { perSecond: perSecond(last.perSecond), p95: ms(last.p95) })}
    </p>
  )
}

function csvOf(results: readonly LoadResult[]): string {
  const head =
    'time,backend,file,provider,concurrency,seconds,answers,per_second,p50_ms,p95_ms,p99_ms,max_ms,errors'
  const rows = results.flatMap(({ atMs, backend, file, context, report }) =>
    report.steps.map((step) =>
      [
        new Date(atMs).toISOString(),
        backend,
        `"${file.replaceAll('"', '""')}"`,
        context.provider ?? '',
        step.concurrency,
        step.seconds.toFixed(2),
        step.answers,
        step.perSecond.toFixed(2),
        step.p50?.toFixed(2) ?? '',
        step.p95?.toFixed(2) ?? '',
        step.p99?.toFixed(2) ?? '',
        step.maxMs.toFixed(2),
        Object.values(step.errors).reduce((sum, count) => sum + count, 0),
      ].join(','),
    ),
  )
  return [head, ...rows].map((row) => `${row}\r\n`).join('')
}
