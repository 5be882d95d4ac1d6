/** Machine resources: GPUs, RAM, processes, and what a stop frees. */
import { isConnected, usePanel, useToday } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { selectedOf } from '../../state/selection.ts'
import { clockSeconds } from '../../format/time.ts'
import type { GpuReading } from '../../../protocol/gpu.ts'
import { GpuPart } from './gpu_part.tsx'
import { MachinePart } from './machine_part.tsx'
import { ProcessTable } from './process_table.tsx'
import './system_view.css'
import { t } from '../../i18n/i18n.ts'
import { ArrowRight } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { messageText } from '../../format/message.ts'
import { punctuated } from '../../format/punctuated.ts'
import { useActions } from '../../state/actions_context.ts'
import { useEvents } from '../../state/event_store.ts'
import { isWanted } from '../../state/pending_switches.ts'
import { lastStopOf, stopText } from './stop_text.ts'
import { Button } from '../../components/button.tsx'

export function SystemView() {
  const snapshot = usePanel((state) => state.snapshot)
  const selectedName = useUi((state) => state.selectedBackend)
  if (snapshot === null) return <Asking />
  const { plane, backends, gpus } = snapshot
  const selected = selectedOf(backends, selectedName)
  return (
    <section className="view system" aria-label={t('system:label')} data-region>
      <div className="view-bar">
        <h1>{t('shell:view.system')}</h1>
        <ReadAt reading={gpus} />
      </div>
      <div className="system-parts">
        <div className="system-main">
          <GpuPart reading={gpus} backends={backends} selected={selected?.name ?? null} />
          <ProcessTable plane={plane} backends={backends} selected={selected} />
          {selected && <StopLine backend={selected} />}
        </div>
        <MachinePart plane={plane} backends={backends} />
      </div>
    </section>
  )
}

function ReadAt({ reading }: { reading: GpuReading | null }) {
  const today = useToday()
  // Without a GPU the part below covers everything.
  if (reading === null || reading.devices.length === 0) return null
  return (
    <span className="small ink-3">
      {t('system:read_at', { time: clockSeconds(reading.time, today) })}
    </span>
  )
}

function Asking() {
  const isLost = usePanel((state) => state.connection.phase === 'lost')
  return (
    <section className="view system" aria-label={t('system:label')} aria-busy={!isLost}>
      <div className="view-bar">
        <h1>{t('shell:view.system')}</h1>
      </div>
      <p className="system-cell ink-2" role="status">
        {t(isLost ? 'system:lost' : 'words:waiting_for_switchyard')}
      </p>
    </section>
  )
}

function StopLine({ backend }: { backend: BackendView }) {
  const { panel } = useActions()
  const today = useToday()
  const gpus = usePanel((state) => state.snapshot?.gpus ?? null)
  const isLive = usePanel(isConnected)
  const isOn = usePanel((state) => isWanted(backend, state.switches))
  const last = useEvents((state) => lastStopOf(state.events, backend.name))
  const { heading, text } = stopText(backend, gpus, today)
  const isOurs = backend.runtime !== 'external'
  return (
    <div className="stop-line live">
      <ArrowRight size={13} strokeWidth={1.75} className="accent" aria-hidden />
      <p className="grow">
        <b>{heading}</b> {text}
        {last !== undefined && backend.last_stop === null && (
          <span className="ink-2">
            {' '}
            {t('system:measured_last', { time: clockSeconds(last.time, today) })}
            {punctuated(messageText(last))}
          </span>
        )}
      </p>
      {/* A failed backend is on but has nothing to stop. */}
      {isOurs && (backend.pid !== null || !isOn) && (
        <Button disabled={!isLive} onClick={() => void panel.setWanted(backend.name, !isOn)}>
          {t(isOn ? 'words:stop_name' : 'words:start_name', { name: backend.name })}
        </Button>
      )}
    </div>
  )
}
