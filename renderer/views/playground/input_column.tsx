import clsx from 'clsx'
import { Play, Plus, Square } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { BackendStatusIcon } from '../../components/backend_status_icon.tsx'
import { isServing, stateDetail, stateName } from '../../format/backend_text.ts'
import { ms, number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { useActions } from '../../state/actions_context.ts'
import { backendsOf, isConnected, useNow, usePanel } from '../../state/panel_store.ts'
import { isBusy } from '../../state/runs.ts'
import { changePreferences, showDialog, useUi } from '../../state/ui_store.ts'
import {
  chooseTargets,
  chosenTargets,
  currentRun,
  readyTargets,
  stageInput,
  stageKind,
  usePlayground,
} from '../../state/playground_store.ts'
import { EegInputFields } from './eeg_input_fields.tsx'
import './input_column.css'
import { RawRequestForm } from './raw_request_form.tsx'
import { SourceButtons } from './sources/source_buttons.tsx'
import { Button } from '../../components/button.tsx'
import { SHRINK_FROM_BYTES } from '../../../protocol/sent_picture.ts'

export function InputColumn() {
  return (
    <div className="inputs">
      <div className="section">
        <h2>{t('test:panes.input')}</h2>
        <SourceButtons />
        <ShrinkChoice />
        <EegInputFields />
      </div>
      <Targets />
      <RawRequestForm />
    </div>
  )
}

/** With fewer requests a percentile means little; show their number. */
const FEW_REQUESTS = 20

function Targets() {
  const backends = usePanel(backendsOf)
  const targets = usePlayground((state) => state.targets)
  const kind = usePlayground(stageKind)
  const chosen = chosenTargets(targets, kind, backends)
  return (
    <div className="section">
      <h2>{t(`test:now.send.${kind}`)}</h2>
      {backends.length === 0 && <NoBackends />}
      {backends.length > 0 && chosen.length === 0 && (
        <p className="small ink-2">{t(`test:now.none.${kind}`)}</p>
      )}
      {backends.map((backend) => (
        <Target key={backend.name} backend={backend} isChosen={chosen.includes(backend.name)} />
      ))}
      <RunButton />
    </div>
  )
}

function NoBackends() {
  return (
    <>
      <p className="small ink-2">{t('test:view.no_backends')}</p>
      <Button icon={Plus} className="add-target" onClick={() => showDialog('wizard')}>
        {t('wizard:title')}
      </Button>
    </>
  )
}

function Target({ backend, isChosen }: { backend: BackendView; isChosen: boolean }) {
  const backends = usePanel(backendsOf)
  const isReady = isServing(backend)
  const toggle = () => {
    const state = usePlayground.getState()
    const kind = stageKind(state)
    const others = chosenTargets(state.targets, kind, backends).filter(
      (name) => name !== backend.name,
    )
    chooseTargets(kind, isChosen ? others : [...others, backend.name])
  }
  return (
    <>
      <label className="target" data-ready={isReady || undefined}>
        <input
          type="checkbox"
          checked={isChosen && isReady}
          disabled={!isReady}
          onChange={toggle}
        />
        <span className="live">
          <BackendStatusIcon backend={backend} size={13} />
        </span>
        <span className="grow">
          <span className="target-name">{backend.name}</span>
          <Reason backend={backend} />
        </span>
      </label>
      {!isReady && isChosen && <StartButton backend={backend} />}
    </>
  )
}

function Reason({ backend }: { backend: BackendView }) {
  const detail = useNow((nowMs) => stateDetail(backend, nowMs))
  if (isServing(backend)) {
    const { latency_ms: latency, requests } = backend
    if (latency === null) return null
    const p50 = t('test:say.p50', { time: ms(latency.p50) })
    return (
      <span className="caption ink-3 target-reason" title={t('test:view.median_tooltip')}>
        {requests < FEW_REQUESTS ? `${p50}, ${t('test:say.n', { count: requests })}` : p50}
      </span>
    )
  }
  const reason = detail === '' ? stateName(backend.state).toLowerCase() : detail
  const text = backend.state === 'disabled' ? t('words:off') : reason
  return <span className="caption ink-3 target-reason">{text}</span>
}

function StartButton({ backend }: { backend: BackendView }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  const hasInput = usePlayground((state) => stageInput(state) !== null)
  const isAwaited = usePlayground((state) => state.runWhenReady === backend.name)
  if (isAwaited)
    return (
      <p className="small accent start-note">{t('test:now.runs_when', { name: backend.name })}</p>
    )
  if (backend.state !== 'disabled' && backend.state !== 'failed') return null
  return (
    <Button
      icon={Play}
      className="start-target"
      disabled={!isLive}
      onClick={() => {
        if (hasInput) usePlayground.setState({ runWhenReady: backend.name })
        void panel.setWanted(backend.name, true)
      }}
    >
      {t(hasInput ? 'test:now.start_and_run' : 'words:start_name', { name: backend.name })}
    </Button>
  )
}

function RunButton() {
  const { sender } = useActions()
  const isLive = usePanel(isConnected)
  const backends = usePanel(backendsOf)
  const targets = usePlayground((state) => state.targets)
  const hasInput = usePlayground((state) => stageInput(state) !== null)
  const kind = usePlayground(stageKind)
  const busy = usePlayground((state) => {
    const run = currentRun(state)
    return run !== null && isBusy(run)
  })
  if (busy) {
    return (
      <Button icon={Square} size="medium" className="run-button" onClick={() => sender.cancel()}>
        {t('words:cancel')} <span className="run-key">{t('test:view.esc')}</span>
      </Button>
    )
  }
  const hasTarget = readyTargets(targets, kind, backends).length > 0
  const missing = missingText({ isLive, hasInput, hasTarget })
  return (
    <>
      <Button
        icon={Play}
        size="medium"
        look="primary"
        className="run-button"
        disabled={missing !== null}
        aria-describedby={missing === null ? undefined : 'run-missing'}
        onClick={() => void sender.run()}
      >
        {t('test:now.run')} <span className="run-key">{t('test:view.ctrl_enter')}</span>
      </Button>
      {missing !== null && (
        <p id="run-missing" className={clsx('caption run-missing', isLive ? 'ink-3' : 'warn')}>
          {missing}
        </p>
      )}
    </>
  )
}

function missingText(given: {
  isLive: boolean
  hasInput: boolean
  hasTarget: boolean
}): string | null {
  if (!given.isLive) return t('test:now.not_running')
  if (!given.hasInput) return t('test:now.no_input')
  return given.hasTarget ? null : t('test:now.no_ready')
}

function ShrinkChoice() {
  const isOn = useUi((state) => state.shrinkPictures)
  return (
    <label className="row small ink-2 shrink-choice" title={t('test:source.shrink_why')}>
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ target: { checked } }) => changePreferences({ shrinkPictures: checked })}
      />
      {t('test:source.shrink', { mebibytes: number(SHRINK_FROM_BYTES / 1024 ** 2) })}
    </label>
  )
}
