/** What stopping the selected backend would free, what its last stop freed, and the Stop button. */
import { ArrowRight } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { punctuated } from '../../format/punctuated.ts'
import { clockSeconds } from '../../format/time.ts'
import { useActions } from '../../state/actions_context.ts'
import { useEvents } from '../../state/event_store.ts'
import { isConnected, usePanel, useToday } from '../../state/panel_store.ts'
import { isWanted } from '../../state/pending_switches.ts'
import { lastStopOf, stopText } from './stop_text.ts'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

export function StopLine({ backend }: { backend: BackendView }) {
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
            {punctuated(last.message)}
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
