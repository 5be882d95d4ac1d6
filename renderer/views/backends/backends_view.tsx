import { Play, Plus, Square } from 'lucide-react'
import { useKeys } from '../../hooks/use_keys.ts'
import { StatusIcon } from '../../components/status_icon.tsx'
import { stateName, STATES_WORST_FIRST } from '../../format/backend_text.ts'
import { useActions } from '../../state/actions_context.ts'
import { backendsOf, isConnected, usePanel, type PanelState } from '../../state/panel_store.ts'
import { t } from '../../i18n/i18n.ts'
import { showDialog } from '../../state/ui_store.ts'
import { BackendTable } from './backend_table.tsx'
import './backends_view.css'
import { FirstRun } from './first_run_view.tsx'
import { NoBackends } from './no_backends.tsx'
import { PaneFrame } from './pane_frame.tsx'
import { useRowKeys } from '../../hooks/row_keys.ts'
import { Timeline } from './timeline.tsx'
import { Button } from '../../components/button.tsx'

export function BackendsView() {
  const config = usePanel((state) => state.snapshot?.plane.config)
  const count = usePanel((state) => backendsOf(state).length)
  const first = usePanel(isFirstRun)
  const keys = useRowKeys()
  useKeys(keys)
  if (config === undefined) return <Connecting />
  return (
    <div className="view backends" data-layout={first || count === 0 ? 'whole' : 'pane'}>
      <section className="backends-left" aria-label={t('words:all_backends')} data-region>
        <Heading isFirst={first} />
        {count === 0 && <NoBackends config={config} />}
        {first && <FirstRun count={count} />}
        {count > 0 && <BackendTable variant={first ? 'first' : 'full'} />}
        {count > 0 && !first && <Timeline />}
      </section>
      {count > 0 && !first && <PaneFrame />}
    </div>
  )
}

function Connecting() {
  return (
    <div className="view backends" data-layout="whole">
      <section className="backends-left" aria-label={t('words:all_backends')} aria-busy="true">
        <div className="view-bar">
          <h1>{t('shell:view.backends')}</h1>
          <span className="small ink-3">{t('words:waiting_for_switchyard')}</span>
        </div>
        <div className="skeleton" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
      </section>
    </div>
  )
}

function Heading({ isFirst }: { isFirst: boolean }) {
  const backends = usePanel((state) => state.snapshot?.backends)
  const isLive = usePanel(isConnected)
  const { panel } = useActions()
  const isRefused = usePanel((state) => state.snapshot?.plane.config.problems.length !== 0)
  const isEmpty = backends === undefined || backends.length === 0
  return (
    <div className="view-bar">
      <h1>{t('shell:view.backends')}</h1>
      <ul className="state-counts live">
        {STATES_WORST_FIRST.map((state) => {
          const amount = backends?.filter((backend) => backend.state === state).length ?? 0
          if (amount === 0) return null
          const word = state === 'disabled' ? t('words:off') : stateName(state).toLowerCase()
          return (
            <li key={state}>
              <StatusIcon state={state} size={13} />
              {amount} {word}
            </li>
          )
        })}
      </ul>
      <span className="grow" />
      {/* The first-run page has its own start button. */}
      {!isEmpty && !isFirst && (
        <>
          <Button icon={Play} look="ghost" disabled={!isLive} onClick={() => void panel.startAll()}>
            {t('backends:start_all')}
          </Button>
          <Button
            icon={Square}
            look="ghost"
            disabled={!isLive}
            onClick={() => void panel.stopAll()}
          >
            {t('backends:stop_all')}
          </Button>
        </>
      )}
      {(!isEmpty || !isRefused) && <AddButton />}
    </div>
  )
}

function AddButton() {
  const isLive = usePanel(isConnected)
  return (
    <Button icon={Plus} disabled={!isLive} onClick={() => showDialog('wizard')}>
      {t('wizard:title')}
    </Button>
  )
}

/** All backends are off, nothing was ever answered, and none ran while this window was open. */
function isFirstRun(state: PanelState): boolean {
  const backends = backendsOf(state)
  return (
    backends.length > 0 &&
    backends.every(
      (backend) => backend.state === 'disabled' && !backend.wanted && backend.requests === 0,
    ) &&
    !state.changes.some((change) => change.state !== 'disabled')
  )
}
