import {
  CircleCheck,
  CircleX,
  Download,
  FileUp,
  LoaderCircle,
  Play,
  Trash2,
  TriangleAlert,
} from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { ms } from '../../../format/number.ts'
import { clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { useActions } from '../../../state/actions_context.ts'
import type { KeptGolden } from '../../../state/kept/database.ts'
import { goldenFile, goldensOf } from '../../../state/kept/golden_file.ts'
import {
  addGoldens,
  checkGoldens,
  keepAsGolden,
  removeGolden,
  setTolerance,
  useGoldens,
  type Check,
} from '../../../state/kept/golden_store.ts'
import { noteDone, noteFailure, useToday } from '../../../state/panel_store.ts'
import { differencesOf } from '../../../state/differences.ts'
import type { Exchange, Run, PlaygroundInput } from '../../../state/runs.ts'
import { saveText } from '../../../api/save_file.ts'
import '../compare/compare.css'
import './golden.css'
import { Button, IconButton } from '../../../components/button.tsx'

const FAILURES_SHOWN = 8

export function GoldenView({ run }: { run: Run | null }) {
  const { sender } = useActions()
  const goldens = useGoldens((state) => state.goldens)
  const checks = useGoldens((state) => state.checks)
  const isBusy = goldens.some(({ id }) => checks[id]?.phase === 'busy')
  const counts = countsOf(goldens, checks)
  return (
    <>
      {run && <KeepButtons run={run} />}
      <div className="section golden-bar">
        <Button
          icon={Play}
          look="primary"
          disabled={goldens.length === 0 || isBusy}
          onClick={() => void checkGoldens(sender)}
        >
          {goldens.length > 1
            ? t('test:golden.run_all', { count: goldens.length })
            : t('test:view.run_again')}
        </Button>
        <span className="small" role="status">
          {counts.passed > 0 && (
            <span className="ok">{t('test:golden.passed', { count: counts.passed })} </span>
          )}
          {counts.failed > 0 && (
            <span className="stop">{t('test:golden.failed', { count: counts.failed })}</span>
          )}
        </span>
        <span className="grow" />
        <FileButtons goldens={goldens} />
      </div>
      {goldens.length === 0 ? (
        <p className="results-empty">{t('test:golden.empty')}</p>
      ) : (
        <ul className="goldens">
          {goldens.map((golden) => (
            <GoldenRow key={golden.id} golden={golden} check={checks[golden.id]} />
          ))}
        </ul>
      )}
    </>
  )
}

function KeepButtons({ run }: { run: Run }) {
  const answered = run.exchanges.filter(
    ({ outcome }) => outcome.phase === 'answered' && outcome.reply !== null,
  )
  if (answered.length === 0) return null
  return (
    <div className="section golden-keep row">
      {answered.map((exchange) => (
        <KeepButton key={exchange.requestId} exchange={exchange} input={run.input} />
      ))}
    </div>
  )
}

function KeepButton({ exchange, input }: { exchange: Exchange; input: PlaygroundInput }) {
  const goldens = useGoldens((state) => state.goldens)
  const isKept = useMemo(
    () => goldens.some((golden) => isGoldenOf(golden, exchange, input)),
    [goldens, exchange, input],
  )
  const names = { backend: exchange.backend, name: input.name }
  if (isKept) {
    return (
      <span className="row small ok golden-kept">
        <CircleCheck size={14} strokeWidth={1.75} aria-hidden />
        {t('test:golden.kept', names)}
      </span>
    )
  }
  return (
    <Button onClick={() => keepAsGolden(exchange, input)}>{t('test:golden.keep', names)}</Button>
  )
}

function isGoldenOf(
  golden: KeptGolden,
  { backend, outcome }: Exchange,
  input: PlaygroundInput,
): boolean {
  return (
    golden.backend === backend &&
    golden.name === input.name &&
    outcome.phase === 'answered' &&
    differencesOf(golden.expected, outcome.reply?.data).length === 0
  )
}

function GoldenRow({ golden, check }: { golden: KeptGolden; check: Check | undefined }) {
  const { sender } = useActions()
  const { name, backend } = golden
  return (
    <li className="golden">
      <div className="row">
        <CheckMark check={check} />
        <b className="ellipsis">{name}</b>
        <span className="small ink-3">{backend}</span>
        <span className="grow" />
        <IconButton
          icon={Play}
          label={t('test:golden.run_single', { name, backend })}
          title={t('test:golden.run_single', { name, backend })}
          onClick={() => void checkGoldens(sender, [golden])}
        />
        <IconButton
          icon={Trash2}
          label={t('test:golden.remove', { name, backend })}
          title={t('test:golden.remove', { name, backend })}
          onClick={() =>
            noteDone(t('test:golden.removed', { name, backend }), removeGolden(golden))
          }
        />
      </div>
      <ToleranceFields golden={golden} />
      <CheckText check={check} />
    </li>
  )
}

function CheckMark({ check }: { check: Check | undefined }) {
  const size = { size: 14, strokeWidth: 1.75, 'aria-hidden': true } as const
  switch (check?.phase) {
    case undefined:
      return <span className="golden-mark ink-3">–</span>
    case 'busy':
      return <LoaderCircle {...size} className="accent" />
    case 'passed':
      return <CircleCheck {...size} className="ok" />
    case 'failed':
      return <CircleX {...size} className="stop" />
    case 'broken':
      return <TriangleAlert {...size} className="stop" />
  }
}

function CheckText({ check }: { check: Check | undefined }) {
  const today = useToday()
  switch (check?.phase) {
    case undefined:
      return <p className="caption ink-3">{t('test:golden.not_run')}</p>
    case 'busy':
      return <p className="caption ink-3">{t('test:golden.running')}</p>
    case 'passed':
      return (
        <p className="caption ok">
          {t('test:golden.within', {
            time: clockSeconds(check.atMs, today),
            took: ms(check.roundTripMs),
          })}
        </p>
      )
    case 'broken':
      return <p className="caption stop">{t('words:no_answer', { reason: check.message })}</p>
    case 'failed':
      return (
        <>
          <p className="caption stop">
            {t('test:golden.outside', { count: check.failures.length })}
          </p>
          <table className="compare-table compare-values golden-failures">
            <thead>
              <tr>
                <th scope="col">{t('test:compare.value')}</th>
                <th scope="col">{t('test:golden.expected')}</th>
                <th scope="col">{t('test:golden.now')}</th>
              </tr>
            </thead>
            <tbody>
              {check.failures.slice(0, FAILURES_SHOWN).map(({ path, a, b }) => (
                <tr key={path}>
                  <th scope="row" className="mono">
                    <bdi>{path}</bdi>
                  </th>
                  <td>{leafText(a)}</td>
                  <td>{leafText(b)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )
  }
}

function ToleranceFields({ golden }: { golden: KeptGolden }) {
  const { tolerance } = golden
  return (
    <p className="small ink-2 golden-tolerance">
      {t('test:golden.tolerance')}
      <NumberField
        label={t('test:golden.absolute')}
        value={tolerance.absolute}
        onChange={(absolute) => setTolerance(golden, { ...tolerance, absolute })}
      />
      +
      <NumberField
        label={t('test:golden.relative')}
        value={percentOf(tolerance.relative)}
        onChange={(percent) => setTolerance(golden, { ...tolerance, relative: percent / 100 })}
      />
      {t('test:golden.of_value')}
    </p>
  )
}

/** 0.07 is not 7.000000000000001 %. */
const percentOf = (share: number) => Number((share * 100).toPrecision(6))

interface NumberFieldProps {
  label: string
  value: number
  onChange(value: number): void
}

/** Accepts numbers from zero; invalid text is marked, and the last valid number applies. */
function NumberField({ label, value, onChange }: NumberFieldProps) {
  const [typed, setTyped] = useState(String(value))
  const isGood = /^\d*\.?\d+$/.test(typed.trim())
  return (
    <input
      className="field golden-field"
      aria-label={label}
      title={label}
      inputMode="decimal"
      aria-invalid={!isGood || undefined}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value)
        const text = event.target.value.trim()
        if (/^\d*\.?\d+$/.test(text)) onChange(Number(text))
      }}
    />
  )
}

function FileButtons({ goldens }: { goldens: readonly KeptGolden[] }) {
  const chooser = useRef<HTMLInputElement>(null)
  const read = async (file: File) => {
    try {
      const added = goldensOf(await file.text())
      addGoldens(added)
      noteDone(t('test:golden.imported', { count: added.length, name: file.name }))
    } catch (error) {
      noteFailure(t('test:golden.not_imported', { name: file.name }), (error as Error).message)
    }
  }
  return (
    <>
      <Button
        icon={Download}
        look="ghost"
        disabled={goldens.length === 0}
        onClick={() =>
          void goldenFile(goldens).then((text) =>
            saveText('switchyard-golden.json', 'application/json', text),
          )
        }
      >
        {t('words:export')}
      </Button>
      <Button icon={FileUp} look="ghost" onClick={() => chooser.current?.click()}>
        {t('test:golden.import')}
      </Button>
      <input
        ref={chooser}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={t('test:golden.import')}
        onChange={(event) => {
          const [file] = event.target.files ?? []
          if (file) void read(file)
          event.target.value = ''
        }}
      />
    </>
  )
}

function countsOf(goldens: readonly KeptGolden[], checks: Readonly<Record<string, Check>>) {
  const phases = goldens.map(({ id }) => checks[id]?.phase)
  return {
    passed: phases.filter((phase) => phase === 'passed').length,
    failed: phases.filter((phase) => phase === 'failed' || phase === 'broken').length,
  }
}

function leafText(leaf: string | number | boolean | null | undefined): string {
  if (leaf === undefined) return '–'
  return typeof leaf === 'number' ? String(Number(leaf.toPrecision(5))) : String(leaf)
}
