/** Crashes of the backend, inputs that are rejected since, and the owner of its port. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { CrashSummary } from '../../../../protocol/crash.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { type Reply, useWaitingText } from '../../../hooks/use_reply.ts'
import { CrashCardPart } from './crash_card.tsx'
import './crash_tab.css'
import { PortDoctor } from './port_doctor.tsx'
import { QuarantineList } from './quarantine_list.tsx'
import { t } from '../../../i18n/i18n.ts'
import { errorText, fieldText } from '../../../format/message.ts'
import { clockSeconds, duration } from '../../../format/time.ts'
import { useToday } from '../../../state/panel_store.ts'

interface CrashTabProps {
  backend: BackendView
  crashes: Reply<{ crashes: CrashSummary[] }>
}

export function CrashTab({ backend, crashes }: CrashTabProps) {
  return (
    <>
      <Cards crashes={crashes} />
      <QuarantineList backend={backend} />
      <PortDoctor backend={backend} />
    </>
  )
}

function Cards({ crashes }: Pick<CrashTabProps, 'crashes'>) {
  const call = useControlCall()
  const [chosen, setChosen] = useState<string | null>(null)
  const remove = useMutation({
    mutationFn: (id: string) => call('crashes.remove', { id }),
    onSettled: crashes.ask,
  })
  const waiting = useWaitingText(t('crash:asking'))
  const { value, problem } = crashes
  if (value === null) {
    return problem === null ? (
      <p className="pane-note" role="status">
        {waiting}
      </p>
    ) : (
      <p className="pane-note stop" role="alert">
        {t('crash:list_unread', { problem })}
      </p>
    )
  }
  const newestFirst = value.crashes.toSorted((left, right) => right.time - left.time)
  const open = newestFirst.find(({ id }) => id === chosen) ?? newestFirst[0]
  if (open === undefined) return <p className="pane-note">{t('crash:no_crash')}</p>
  return (
    <>
      {newestFirst.length > 1 && (
        <section className="crash-records" aria-label={t('crash:crashes_on_record')}>
          <h3 className="h2">{t('crash:on_record', { count: newestFirst.length })}</h3>
          <CrashList crashes={newestFirst} openId={open.id} onOpen={setChosen} />
        </section>
      )}
      {remove.error && (
        <p className="pane-note stop" role="alert">
          {t('crash:not_removed', { problem: errorText(remove.error) })}
        </p>
      )}
      <CrashCardPart key={open.id} id={open.id} onRemove={remove.mutate} />
    </>
  )
}

interface CrashListProps {
  crashes: readonly CrashSummary[]
  openId: string | null
  onOpen: (id: string) => void
}

function CrashList({ crashes, openId, onOpen }: CrashListProps) {
  const today = useToday()
  return (
    <ul className="crash-list" aria-label={t('crash:crashes_on_record')}>
      {crashes.map((crash) => {
        const { id, time, cause, uptime_ms: ranMs } = crash
        const exit = fieldText(crash, 'words')
        return (
          <li key={id}>
            <button
              type="button"
              aria-current={id === openId || undefined}
              onClick={() => onOpen(id)}
            >
              <time>{clockSeconds(time, today)}</time>
              <span className="ellipsis" title={exit}>
                {cause === null ? exit : fieldText(cause, 'cause')}
              </span>
              <span className="ink-3">
                {ranMs === null ? t('crash:fact.not_started') : duration(ranMs)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
