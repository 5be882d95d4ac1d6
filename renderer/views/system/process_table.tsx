/** Processes of Switchyard. A grid with one tab stop; the focused row is selected. */
import type { KeyboardEvent } from 'react'
import type { BackendView, PlaneView } from '../../../protocol/control.ts'
import { BackendStatusIcon } from '../../components/backend_status_icon.tsx'
import { None, NotAvailable } from '../../components/missing_value.tsx'
import { StatusIcon } from '../../components/status_icon.tsx'
import { gpuReason, providerName, stateName } from '../../format/backend_text.ts'
import { mibValue, number } from '../../format/number.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { selectBackend } from '../../state/ui_store.ts'
import { useHasGpu } from '../../state/has_gpu.ts'
import { neighbourOf } from '../../state/selection.ts'
import { PLANE_NAME, ramSum, type RamSum } from './memory_shares.ts'
import './process_table.css'
import { t } from '../../i18n/i18n.ts'
import { Sparkline } from '../../components/sparkline.tsx'
import { samplesOf, usePanel } from '../../state/panel_store.ts'

interface ProcessTableProps {
  plane: PlaneView
  backends: readonly BackendView[]
  selected: BackendView | undefined
}

export function ProcessTable({ plane, backends, selected }: ProcessTableProps) {
  const hasGpu = useHasGpu()
  return (
    <table
      className="process-table live"
      role="grid"
      aria-label={t('system:processes_of_switchyard')}
    >
      <thead>
        <tr>
          <th scope="col">{t('words:process')}</th>
          <th scope="col">{t('words:backend_state')}</th>
          <th scope="col" className="num">
            {t('system:pid')}
          </th>
          <th scope="col">{t('words:runs_on')}</th>
          <th scope="col" className="num">
            {t('system:sessions')}
          </th>
          {hasGpu && (
            <th scope="col" className="num">
              {t('words:gpu_mib')}
            </th>
          )}
          <th scope="col" className="num">
            {t('words:ram_mib')}
          </th>
          <th scope="col" className="ram-trend">
            {t('system:ram_history')}
          </th>
        </tr>
      </thead>
      <tbody>
        <PlaneRow plane={plane} hasGpu={hasGpu} />
        {backends.map((backend) => (
          <BackendRow
            key={backend.name}
            backend={backend}
            backends={backends}
            isSelected={backend === selected}
            hasGpu={hasGpu}
          />
        ))}
      </tbody>
      <tfoot>
        <SumRow sum={ramSum(plane, backends)} hasGpu={hasGpu} />
      </tfoot>
    </table>
  )
}

function PlaneRow({ plane, hasGpu }: { plane: PlaneView; hasGpu: boolean }) {
  return (
    <tr>
      <Name name={PLANE_NAME} colour="var(--d6)" />
      <td>
        <span className="row">
          <StatusIcon state="ready" size={13} />
          {stateName('ready')}
        </span>
      </td>
      <td className="num ink-2">{plane.pid}</td>
      <td className="ink-3">{t('words:routes_only')}</td>
      <td className="num">
        <None />
      </td>
      {hasGpu && (
        <td className="num">
          <None />
        </td>
      )}
      <td className="num">{mibValue(plane.rss_bytes)}</td>
      <td />
    </tr>
  )
}

interface BackendRowProps {
  backend: BackendView
  backends: readonly BackendView[]
  isSelected: boolean
  hasGpu: boolean
}

function BackendRow({ backend, backends, isSelected, hasGpu }: BackendRowProps) {
  const colours = useSourceColours()
  const { name, pid, provider, sessions } = backend
  return (
    <tr
      data-backend={name}
      tabIndex={isSelected ? 0 : -1}
      aria-selected={isSelected}
      data-region-focus={isSelected ? '' : undefined}
      onFocus={() => selectBackend(name)}
      onClick={(event) => event.currentTarget.focus()}
      onKeyDown={(event) => moveBy(event, backends, name)}
    >
      <Name name={name} colour={colours[name] ?? 'var(--d6)'} />
      <td>
        <span className="row">
          <BackendStatusIcon backend={backend} size={13} />
          {stateName(backend.state)}
        </span>
      </td>
      <td className="num ink-2">{pid ?? <None />}</td>
      <td>{pid !== null && provider !== null ? providerName(provider) : <None />}</td>
      <td className="num">{pid !== null && sessions !== null ? number(sessions) : <None />}</td>
      {hasGpu && (
        <td className="num">
          <Gpu backend={backend} />
        </td>
      )}
      <td className="num">
        <Ram backend={backend} />
      </td>
      <td className="ram-trend">{pid !== null && <RamTrend name={name} />}</td>
    </tr>
  )
}

function Name({ name, colour }: { name: string; colour: string }) {
  return (
    <th scope="row">
      <span className="row">
        <i className="swatch bar-fill" style={{ background: colour }} />
        <b className="ellipsis">{name}</b>
      </span>
    </th>
  )
}

function Gpu({ backend }: { backend: BackendView }) {
  const { pid, gpu_bytes: bytes } = backend
  if (pid === null) return <None />
  return bytes === null ? (
    <NotAvailable reason={gpuReason(backend) ?? t('system:not_read')} />
  ) : (
    mibValue(bytes)
  )
}

function Ram({ backend: { pid, rss_bytes: bytes } }: { backend: BackendView }) {
  if (pid === null) return <None />
  return bytes === null ? <NotAvailable reason={t('system:not_read')} /> : mibValue(bytes)
}

function SumRow({ sum, hasGpu }: { sum: RamSum; hasGpu: boolean }) {
  const isBound = sum.unknown.length > 0
  const why = isBound ? t('system:not_known', { names: sum.unknown.join(', ') }) : undefined
  return (
    <tr>
      <th scope="row" colSpan={hasGpu ? 6 : 5}>
        {t('system:all_of_switchyard')}
      </th>
      <td className="num" title={why}>
        {isBound && <span className="ink-3">{t('words:at_least')} </span>}
        <b>{mibValue(sum.bytes)}</b>
        {isBound && <span className="sr-only">; {why}</span>}
      </td>
      <td />
    </tr>
  )
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowDown: 1,
  Home: -Infinity,
  End: Infinity,
}

function moveBy(
  event: KeyboardEvent<HTMLElement>,
  backends: readonly BackendView[],
  name: string,
): void {
  const step = STEPS[event.key]
  if (step === undefined) return
  event.preventDefault()
  const next = neighbourOf(backends, name, step)
  const body = event.currentTarget.parentElement
  if (next !== null)
    body?.querySelector<HTMLElement>(`[data-backend="${CSS.escape(next)}"]`)?.focus()
}

const HEIGHT = 18

function RamTrend({ name }: { name: string }) {
  const samples = usePanel((state) => samplesOf(state, name))
  const nowMs = usePanel((state) => state.nowMs)
  const points = samples.map(({ time, rss_bytes: bytes }) => ({ time, line: bytes, area: bytes }))
  return <Sparkline points={points} nowMs={nowMs} height={HEIGHT} />
}
