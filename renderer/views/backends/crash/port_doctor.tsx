import { useMutation } from '@tanstack/react-query'
import { Stethoscope } from 'lucide-react'
import type { ReactNode } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { PortReport } from '../../../../protocol/ports.ts'
import { errorText, fieldText, fieldTexts } from '../../../format/message.ts'
import { clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { isConnected, usePanel, useToday } from '../../../state/panel_store.ts'
import { answerLabel, isWell, unknownText, VerdictTag } from '../../ports/port_text.tsx'
import { UsePort } from '../../ports/use_port.tsx'
import { Button } from '../../../components/button.tsx'

export function PortDoctor({ backend }: { backend: BackendView }) {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const { mutate, status, data, error } = useMutation({
    mutationFn: async () => ({
      ...(await call('ports.examine', { name: backend.name })),
      atMs: Date.now(),
    }),
  })
  return (
    <section className="cell port-doctor" aria-label={t('ports:title')}>
      <div className="cell-head">
        <h3 className="h2">{t('ports:title')}</h3>
        <span className="grow" />
        <Button
          icon={Stethoscope}
          disabled={!isLive || status === 'pending'}
          onClick={() => mutate()}
        >
          {t('ports:examine', { port: backend.port })}
        </Button>
      </div>
      <div role="status">
        {status === 'idle' && <p className="small ink-2">{t('ports:intro')}</p>}
        {status === 'pending' && (
          <p className="small ink-2">{t('ports:looking', { port: backend.port })}</p>
        )}
        {error && <p className="small stop">{t('ports:failed', { reason: errorText(error) })}</p>}
        {data && <Report backend={backend} {...data} />}
      </div>
    </section>
  )
}

interface ReportProps {
  backend: BackendView
  report: PortReport
  atMs: number
}

function Report({ backend, report, atMs }: ReportProps) {
  const today = useToday()
  const { verdict, remedy, suggestion } = report
  return (
    <>
      <p className="port-verdict">
        <VerdictTag verdict={verdict} isGood={isWell(report)} />
        <span>{fieldText(report, 'sentence')}</span>
      </p>
      {remedy !== '' && <p className="port-remedy small ink-2">{fieldText(report, 'remedy')}</p>}
      <Holder report={report} atMs={atMs} />
      {fieldTexts(report, 'notes').map((note) => (
        <p key={note} className="small ink-3">
          {note}
        </p>
      ))}
      <p className="caption ink-3">{t('ports:examined', { time: clockSeconds(atMs, today) })}</p>
      {suggestion !== null && remedy !== '' && (
        <UsePort section={backend.backend} port={suggestion} />
      )}
    </>
  )
}

function Holder({ report: { holder, speaks }, atMs }: Pick<ReportProps, 'report' | 'atMs'>) {
  if (holder === null && speaks === null) return null
  const known = (value: ReactNode) => value ?? <span className="ink-3">{unknownText(holder)}</span>
  return (
    <dl className="facts">
      {holder !== null && (
        <>
          <dt>{t('ports:held_by')}</dt>
          <dd className="mono">{known(holder.command)}</dd>
          <dt>{t('words:process')}</dt>
          <dd>
            {known(holder.pid)}
            {holder.user !== null && ` ${t('ports:of_user', { user: holder.user })}`}
          </dd>
          <dt>{t('ports:since')}</dt>
          <dd>
            {known(holder.started_at === null ? null : clockSeconds(holder.started_at, atMs))}
          </dd>
        </>
      )}
      {speaks !== null && (
        <>
          <dt>{t('ports:answers_as')}</dt>
          <dd>{answerLabel(speaks)}</dd>
        </>
      )}
    </dl>
  )
}
