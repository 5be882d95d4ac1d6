/** Load test: live throughput and percentiles at a fixed concurrency, and a sweep to the knee. */
import { Play, Square } from 'lucide-react'
import { useId } from 'react'
import { fileKeyOf } from '../../../../protocol/file_kind.ts'
import { SHRINK_FROM_BYTES } from '../../../../protocol/sent_picture.ts'
import { fileSize } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'
import { isServing } from '../../../format/backend_text.ts'
import { FILE_INPUTS } from '../../../state/file_input.ts'
import { backendsOf, isConnected, usePanel } from '../../../state/panel_store.ts'
import { CONCURRENCIES } from '../../../../client/load/load_plan.ts'
import { startLoad, stopLoad, useLoad, type LoadSettings } from '../../../state/load/load_store.ts'
import {
  readyTargets,
  stageInput,
  stageKind,
  usePlayground,
} from '../../../state/playground_store.ts'
import { useUi } from '../../../state/ui_store.ts'
import './load.css'
import { LoadLive } from './load_live.tsx'
import { LoadResults } from './load_results.tsx'
import { Button } from '../../../components/button.tsx'

const DURATIONS_S = [5, 10, 20, 30, 60, 120] as const

export function LoadTestView() {
  const problem = useLoad((state) => state.problem)
  return (
    <>
      <Controls />
      {problem !== null && (
        <p className="section stop" role="alert">
          {problem}
        </p>
      )}
      <LoadLive />
      <LoadResults />
    </>
  )
}

function Controls() {
  const id = useId()
  const backends = usePanel(backendsOf)
  const input = usePlayground(stageInput)
  const kind = usePlayground(stageKind)
  const targets = usePlayground((state) => state.targets)
  const ready = readyTargets(targets, kind, backends)
  const { settings, running } = useLoad()
  const isRunning = running !== null
  const isLive = usePanel(isConnected)
  const serving = backends.filter(isServing).map(({ name }) => name)
  const backend = serving.find((name) => name === settings.backend) ?? ready[0] ?? serving[0]
  const missing = missingText({ isLive, hasInput: input !== null, backend })
  const isLarge = input?.kind === 'image' && input.file.size > SHRINK_FROM_BYTES
  const set = (change: Partial<LoadSettings>) =>
    useLoad.setState({ settings: { ...settings, ...change } })
  const start = () => {
    const view = backends.find(({ name }) => name === backend)
    if (!input || !view) return
    const { keysOf, isVariable } = FILE_INPUTS[input.kind]
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    void startLoad({
      backend: view.name,
      url: `${scheme}://${location.host}/backends/${encodeURIComponent(view.name)}`,
      name: input.name,
      file: input.file,
      key: fileKeyOf(view.descriptor, input.kind),
      others: keysOf(useUi.getState()),
      isVariable,
      context: {
        provider: view.provider,
        sessions: view.sessions,
        queueLimit: view.queue_limit,
      },
    })
  }
  return (
    <section className="section" aria-label={t('load_test:title')}>
      <div className="row">
        <h2>{t('load_test:title')}</h2>
        <span className="small ink-3 ellipsis">
          {running
            ? t('load_test:of', running)
            : input && backend && t('load_test:of', { backend, file: input.name })}
        </span>
        <span className="grow" />
        {isRunning ? (
          <Button icon={Square} onClick={stopLoad}>
            {t('load_test:stop')}
          </Button>
        ) : (
          <Button icon={Play} look="primary" disabled={missing !== null} onClick={start}>
            {t('load_test:start')}
          </Button>
        )}
      </div>
      {missing !== null && <p className="small ink-2 load-missing">{missing}</p>}
      {backend !== undefined && (
        <div className="load-slider load-backend">
          <label htmlFor={`${id}-backend`}>{t('words:backend')}</label>
          <select
            id={`${id}-backend`}
            className="field"
            value={running?.backend ?? backend}
            disabled={isRunning}
            onChange={(event) => set({ backend: event.target.value })}
          >
            {serving.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
      )}
      {isLarge && (
        <p className="small ink-2">
          {t('load_test:original', { size: fileSize(input.file.size) })}
        </p>
      )}
      <Slider
        id={`${id}-concurrency`}
        label={t('load_test:concurrency')}
        values={CONCURRENCIES}
        value={settings.concurrency}
        text={String(settings.concurrency)}
        isDisabled={isRunning}
        onChange={(concurrency) => set({ concurrency })}
      />
      <Slider
        id={`${id}-duration`}
        label={t('load_test:duration')}
        values={DURATIONS_S}
        value={settings.seconds}
        text={t('load_test:seconds', { seconds: settings.seconds })}
        isDisabled={isRunning}
        onChange={(seconds) => set({ seconds })}
      />
      <div className="load-options">
        <label>
          <input
            type="checkbox"
            checked={settings.isVaried}
            disabled={isRunning || !FILE_INPUTS[kind].isVariable}
            onChange={(event) => set({ isVaried: event.target.checked })}
          />
          {t('load_test:varied')}
        </label>
        <label>
          <input
            type="checkbox"
            checked={settings.isSweep}
            disabled={isRunning}
            onChange={(event) => set({ isSweep: event.target.checked })}
          />
          {t('load_test:sweep', { max: settings.concurrency })}
        </label>
      </div>
    </section>
  )
}

function missingText(given: {
  isLive: boolean
  hasInput: boolean
  backend: string | undefined
}): string | null {
  if (!given.isLive) return t('test:now.not_running')
  if (!given.hasInput) return t('load_test:nothing')
  return given.backend === undefined ? t('load_test:no_backend') : null
}

interface SliderProps {
  id: string
  label: string
  values: readonly number[]
  value: number
  text: string
  isDisabled: boolean
  onChange(value: number): void
}

function Slider({ id, label, values, value, text, isDisabled, onChange }: SliderProps) {
  return (
    <div className="load-slider">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={values.length - 1}
        value={Math.max(0, values.indexOf(value))}
        aria-valuetext={text}
        disabled={isDisabled}
        onChange={(event) => onChange(values[Number(event.target.value)] ?? value)}
      />
      <b className="num">{text}</b>
    </div>
  )
}
