import { Check, MonitorX, TriangleAlert } from 'lucide-react'
import type { ConfigProblem } from '../../protocol/config.ts'
import type { ConfigView, PlaneView } from '../../protocol/control.ts'
import { StatusIcon } from '../components/status_icon.tsx'
import { memory, mibValue, number, perSecond } from '../format/number.ts'
import { clockMinutes } from '../format/time.ts'
import { fieldText } from '../format/message.ts'
import { t } from '../i18n/i18n.ts'
import { backendsOf, isConnected, usePanel, useToday } from '../state/panel_store.ts'
import { showDialog, showView } from '../state/ui_store.ts'
import { ramSum } from '../views/system/memory_shares.ts'
import './status_bar.css'

export function StatusBar() {
  const plane = usePanel((state) => state.snapshot?.plane ?? null)
  const isLive = usePanel(isConnected)
  const requestsPerS = usePanel((state) =>
    backendsOf(state).reduce((sum, backend) => sum + (backend.requests_per_s ?? 0), 0),
  )
  const notice = plane && fieldText(plane, 'shell_notice')
  return (
    <footer className="status-bar" aria-label={t('shell:status.name')} data-region tabIndex={-1}>
      <span className="live">
        <StatusIcon state={isLive ? 'ready' : 'disabled'} size={13} />
        {t('words:gateway')} <b>{plane?.port ?? '–'}</b>
        <span className="sr-only">
          {t(isLive ? 'shell:status.connected' : 'shell:status.not_connected')}
        </span>
      </span>
      {plane && (
        <>
          <span>
            <b>{number(plane.clients)}</b>
            {t('shell:status.clients', { count: plane.clients })}
          </span>
          <span className="status-rate">
            <b>{perSecond(requestsPerS)}</b>
            {t('shell:status.requests')}
          </span>
          <MemoryState plane={plane} />
          <ConfigState config={plane.config} />
          {notice !== null && (
            <span className="status-notice" title={notice}>
              <MonitorX size={13} strokeWidth={1.5} aria-hidden />
              <span className="ellipsis">{notice}</span>
            </span>
          )}
          <span className="grow status-gap" />
          <button type="button" className="status-ports" onClick={() => showDialog('ports')}>
            {t('ports:title')}
          </button>
          <span className="status-version">{plane.version}</span>
        </>
      )}
    </footer>
  )
}

/** The fullest GPU with known values and the RAM of all processes, as a link to the system view. */
function MemoryState({ plane }: { plane: PlaneView }) {
  const devices = usePanel((state) => state.snapshot?.gpus?.devices)
  const backends = usePanel(backendsOf)
  const sum = ramSum(plane, backends)
  const isBound = sum.unknown.length > 0
  const known = (devices ?? []).flatMap(({ total_bytes: total, used_bytes: used }, index) =>
    total === null || used === null || total === 0 ? [] : [{ index, total, used }],
  )
  const [fullest] = known.sort((left, right) => right.used / right.total - left.used / left.total)
  return (
    <button type="button" className="status-memory" onClick={() => showView('system')}>
      {fullest && (
        <span>
          {t('shell:status.gpu', { index: fullest.index })}
          <span className="status-bar-gauge">
            <i className="bar-fill" style={{ width: `${(fullest.used / fullest.total) * 100}%` }} />
          </span>
          <b>{mibValue(fullest.used)}</b> {t('shell:status.of', { total: mibValue(fullest.total) })}
        </span>
      )}
      <span className="status-ram">
        {t('words:ram')}
        <b>
          {isBound && <span aria-hidden="true">≥ </span>}
          {isBound && <span className="sr-only">{t('words:at_least')} </span>}
          {memory(sum.bytes)}
        </b>
      </span>
    </button>
  )
}

function ConfigState({ config }: { config: ConfigView }) {
  const today = useToday()
  const [problem] = config.problems
  if (problem) {
    return (
      <span className="stop" title={`${problem.key}: ${fieldText(problem, 'message')}`}>
        <TriangleAlert size={13} strokeWidth={1.5} aria-hidden />
        {configText(problem)}
      </span>
    )
  }
  if (config.loaded_at === null) return null
  return (
    <span title={config.file}>
      <Check size={13} strokeWidth={1.5} aria-hidden />
      {t('shell:status.config_read', { time: clockMinutes(config.loaded_at, today) })}
    </span>
  )
}

function configText({ line, taken_back: takenBack }: ConfigProblem): string {
  if (takenBack !== undefined) return t('shell:status.config_taken_back')
  return line === null
    ? t('shell:status.config_refused')
    : t('shell:status.config_refused_line', { line })
}
