/** Where the picture or recording comes from and which backends get it. */
import { Play, Square } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { BackendSemaphore } from '../../components/backend_semaphore.tsx'
import { isServing, stateDetail, STATE_WORDS } from '../../format/backend_words.ts'
import { ms } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { useActions } from '../../state/actions_context.ts'
import { backendsOf, isConnected, usePanel } from '../../state/panel_store.ts'
import { isBusy } from '../../state/runs.ts'
import {
  chooseTargets,
  chosenTargets,
  currentRun,
  readyTargets,
  stageInput,
  stageKind,
  useTest,
} from '../../state/test_store.ts'
import { EegRate } from './eeg_rate.tsx'
import './input_column.css'
import { SourceButtons } from './sources/source_buttons.tsx'

export function InputColumn() {
  return (
    <>
      <div className="section">
        <h2>{t('test:source.title')}</h2>
        <SourceButtons />
        <EegRate />
      </div>
      <Targets />
    </>
  )
}

function Targets() {
  const backends = usePanel(backendsOf)
  const targets = useTest((state) => state.targets)
  const kind = useTest(stageKind)
  const chosen = chosenTargets(targets, kind, backends)
  return (
    <div className="section">
      <h2>Send {kind === 'eeg' && 'EEG '}to</h2>
      {backends.length === 0 && <p className="small ink-2">No backends are configured.</p>}
      {backends.length > 0 && chosen.length === 0 && (
        <p className="small ink-2">
          No backend is chosen for {kind === 'eeg' ? 'EEG files' : 'pictures'}.
        </p>
      )}
      {backends.map((backend) => (
        <Target key={backend.name} backend={backend} isChosen={chosen.includes(backend.name)} />
      ))}
      <RunButton />
    </div>
  )
}

function Target({ backend, isChosen }: { backend: BackendView; isChosen: boolean }) {
  const backends = usePanel(backendsOf)
  const isReady = isServing(backend)
  const toggle = () => {
    const state = useTest.getState()
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
        <BackendSemaphore backend={backend} size={13} />
        <span className="ellipsis target-name">{backend.name}</span>
        <span className="grow" />
        <Reason backend={backend} />
      </label>
      {!isReady && isChosen && <StartButton backend={backend} />}
    </>
  )
}

/** Why it cannot be chosen, or how long its last answer took. */
function Reason({ backend }: { backend: BackendView }) {
  const nowMs = usePanel((state) => state.nowMs)
  if (isServing(backend)) {
    const p50 = backend.latency_ms?.p50
    return (
      <span className="small ink-3 num" title="p50 of its last requests">
        {p50 !== undefined && ms(p50)}
      </span>
    )
  }
  const detail = backend.state === 'disabled' ? 'off' : stateDetail(backend, nowMs)
  const text = detail === '' ? STATE_WORDS[backend.state].toLowerCase() : detail
  return (
    <span className="small ink-3 ellipsis" title={text}>
      {text}
    </span>
  )
}

function StartButton({ backend }: { backend: BackendView }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  const hasInput = useTest((state) => stageInput(state) !== null)
  const isAwaited = useTest((state) => state.runWhenReady === backend.name)
  if (isAwaited)
    return <p className="small accent start-note">Runs as soon as {backend.name} is ready</p>
  if (backend.state !== 'disabled' && backend.state !== 'failed') return null
  return (
    <button
      type="button"
      className="btn btn-small start-target"
      disabled={!isLive}
      onClick={() => {
        if (hasInput) useTest.setState({ runWhenReady: backend.name })
        void panel.setWanted(backend.name, true)
      }}
    >
      <Play size={12} strokeWidth={1.75} aria-hidden />
      Start {backend.name}
      {hasInput && ' and run'}
    </button>
  )
}

function RunButton() {
  const { bench } = useActions()
  const backends = usePanel(backendsOf)
  const targets = useTest((state) => state.targets)
  const hasInput = useTest((state) => stageInput(state) !== null)
  const kind = useTest(stageKind)
  const busy = useTest((state) => {
    const run = currentRun(state)
    return run !== null && isBusy(run)
  })
  if (busy) {
    return (
      <button type="button" className="btn run-button" onClick={() => bench.cancel()}>
        <Square size={12} strokeWidth={1.75} aria-hidden />
        Cancel <span className="run-key">Esc</span>
      </button>
    )
  }
  const hasTarget = readyTargets(targets, kind, backends).length > 0
  const missing = !hasInput
    ? 'Drop a picture or an EEG file first'
    : hasTarget
      ? undefined
      : 'No chosen backend is ready'
  return (
    <button
      type="button"
      className="btn btn-primary run-button"
      disabled={missing !== undefined}
      title={missing}
      onClick={() => void bench.run()}
    >
      <Play size={13} strokeWidth={1.75} aria-hidden />
      Run <span className="run-key">Ctrl Enter</span>
    </button>
  )
}
