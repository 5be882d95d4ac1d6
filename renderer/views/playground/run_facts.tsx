import { fileSize, number } from '../../format/number.ts'
import { hasStages } from '../../../protocol/backend.ts'
import type { Exchange, Run } from '../../state/runs.ts'
import { answerOf } from './reply_reading.ts'
import { t } from '../../i18n/i18n.ts'

export function RunFacts({ run }: { run: Run }) {
  const answered = run.exchanges.filter(({ outcome }) => outcome.phase === 'answered')
  if (answered.length === 0) return null
  const image = answered.flatMap((exchange) => answerOf(exchange)?.reading?.image ?? [])[0]
  return (
    <section className="section" aria-label={t('test:view.this_request')}>
      <h2>{t('test:view.this_request')}</h2>
      <dl className="facts">
        <dt>{t('words:file')}</dt>
        <dd>{fileSize(run.input.file.size)}</dd>
        {image && (
          <>
            <dt>{t('test:panes.picture')}</dt>
            <dd>
              {number(image.width)} × {number(image.height)}
            </dd>
          </>
        )}
        {answered.map((exchange) => (
          <ExchangeFacts
            key={exchange.requestId}
            exchange={exchange}
            of={answered.length > 1 ? `, ${exchange.backend}` : ''}
          />
        ))}
      </dl>
    </section>
  )
}

function ExchangeFacts({
  exchange: { outcome, requestId },
  of,
}: {
  exchange: Exchange
  of: string
}) {
  const timing = outcome.phase === 'answered' ? outcome.reply?.timing : undefined
  return (
    <>
      {timing && hasStages(timing) && (
        <>
          <dt>
            {t('test:say.batch')}
            {of}
          </dt>
          <dd>
            {timing.batch_size === 1
              ? t('test:say.alone')
              : t('test:say.batch_of', { count: timing.batch_size })}
          </dd>
        </>
      )}
      <dt>
        {t('test:say.request_id')}
        {of}
      </dt>
      <dd className="mono">{requestId}</dd>
    </>
  )
}
