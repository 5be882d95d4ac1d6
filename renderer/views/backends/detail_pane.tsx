/** The selected backend: its current state, and tabs for history, configuration, models and crashes. */
import { Play, RotateCw, ScanFace, ScrollText, X } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { BackendStatusIcon } from '../../components/backend_status_icon.tsx'
import {
  backendAddress,
  providerName,
  stateDetail,
  stateName,
  warningText,
} from '../../format/backend_text.ts'
import { duration } from '../../format/time.ts'
import { useActions } from '../../state/actions_context.ts'
import { isConnected, useNow, usePanel } from '../../state/panel_store.ts'
import { isWanted } from '../../state/pending_switches.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import './detail_pane.css'
import { PaneTabs } from './pane_tabs.tsx'
import { showLogsOf, testBackend } from '../../hooks/row_keys.ts'
import { fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'
import { Button, IconButton } from '../../components/button.tsx'

interface DetailPaneProps {
  backend: BackendView
  onClose?: () => void
}

export function DetailPane({ backend, onClose }: DetailPaneProps) {
  return (
    <aside
      className="pane"
      aria-label={t('backends:detail_of', { name: backend.name })}
      tabIndex={-1}
      data-region
      data-pane
    >
      <header className="pane-head">
        <div className="pane-title row">
          <div className="row pane-name">
            <span className="live">
              <BackendStatusIcon backend={backend} size={18} />
            </span>
            <h2 className="ellipsis" title={backend.name}>
              {backend.name}
            </h2>
            <span className="small ink-2">{stateName(backend.state)}</span>
          </div>
          <div className="row">
            <PaneButtons backend={backend} />
          </div>
          {onClose && (
            <IconButton icon={X} label={t('backends:close_pane')} isLarge onClick={onClose} />
          )}
        </div>
        <Facts backend={backend} />
        <Detail backend={backend} />
      </header>
      <PaneTabs key={backend.name} backend={backend} />
    </aside>
  )
}

function PaneButtons({ backend }: { backend: BackendView }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  const isOn = usePanel((state) => isWanted(backend, state.switches))
  const isOurs = backend.runtime !== 'external'
  const isDown = !isOn || backend.state === 'failed'
  return (
    <>
      <Button icon={ScrollText} onClick={() => showLogsOf(backend.name)}>
        {t('shell:view.logs')}
      </Button>
      {!isDown && backend.state !== 'unreachable' && (
        <Button icon={ScanFace} onClick={() => testBackend(backend.name)}>
          {t('backends:test')}
        </Button>
      )}
      <Button
        icon={isDown ? Play : RotateCw}
        look={isDown ? 'primary' : undefined}
        disabled={!isLive}
        onClick={() =>
          void (isOn ? panel.restart(backend.name) : panel.setWanted(backend.name, true))
        }
      >
        {backend.state === 'failed'
          ? t('backends:again')
          : t(isDown ? 'backends:start' : isOurs ? 'backends:restart' : 'backends:reconnect')}
      </Button>
    </>
  )
}

function Facts({ backend }: { backend: BackendView }) {
  const { pid, started_at: startedAt } = backend
  const uptime = useNow((nowMs) =>
    pid === null || startedAt === null ? null : duration(nowMs - startedAt),
  )
  const address = backendAddress(backend)
  return (
    <div className="pane-facts live">
      <span className="mono row">
        {address}
        <CopyButton
          key={address}
          text={() => address}
          label={t('backends:copy_address')}
          title={t('backends:copy_address_key')}
        />
      </span>
      {pid !== null && (
        <span>
          {t('backends:pid')} <b>{pid}</b>
        </span>
      )}
      {uptime !== null && (
        <span>
          {t('backends:up')} <b>{uptime}</b>
        </span>
      )}
      {backend.provider !== null && (
        <span>
          <span className="sr-only">{t('backends:runs_on_spoken')} </span>
          <b>{providerName(backend.provider)}</b>
        </span>
      )}
    </div>
  )
}

function Detail({ backend }: { backend: BackendView }) {
  const detail = useNow((nowMs) => stateDetail(backend, nowMs)) || warningText(backend)
  const own = fieldText(backend, 'detail')
  const reason = backend.state === 'backoff' && own !== null ? `${own}; ` : ''
  if (detail === '' || backend.state === 'disabled') return null
  return (
    <p
      className="pane-detail live small ink-2"
      data-state={backend.state}
    >{`${reason}${detail}`}</p>
  )
}
