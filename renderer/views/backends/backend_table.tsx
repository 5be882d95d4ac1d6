import clsx from 'clsx'
import { memo } from 'react'
import type { BackendView } from '../../../protocol/control.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { BackendRow, FirstBackendRow } from './backend_row.tsx'
import './backend_table.css'
import { FailureRow } from './failure_row.tsx'
import { FirstSteps } from './first_run_view.tsx'
import { FirstGatewayRow, GatewayRow } from './gateway_row.tsx'
import { selectedOf } from '../../state/selection.ts'
import { useHasGpu } from '../../state/has_gpu.ts'
import { useReply } from '../../hooks/use_reply.ts'
import { t, useLanguage } from '../../i18n/i18n.ts'

interface BackendTableProps {
  variant: 'full' | 'first'
}

export function BackendTable({ variant }: BackendTableProps) {
  const rowHeight = useUi((state) => state.rowHeight)
  const count = usePanel((state) => backendsOf(state).length)
  const hasGpu = useHasGpu()
  if (variant === 'first') return <FirstTable />
  return (
    <div className="backend-table-scroll">
      <table
        className="backend-table backend-table-full live"
        role="grid"
        aria-label={t('backends:table', { count })}
        data-rows={rowHeight}
        data-gpu={hasGpu ? '' : undefined}
      >
        <FullHead hasGpu={hasGpu} />
        <tbody>
          <GatewayRow />
          <FullRows />
        </tbody>
      </table>
    </div>
  )
}

function FullRows() {
  const backends = usePanel(backendsOf)
  const selected = useSelected()
  return backends.map((backend, index) => (
    <Rows
      key={backend.name}
      backend={backend}
      isLast={index === backends.length - 1}
      isSelected={backend === selected}
    />
  ))
}

function useSelected(): BackendView | undefined {
  const name = useUi((state) => state.selectedBackend)
  return usePanel((state) => selectedOf(backendsOf(state), name))
}

function FirstTable() {
  const backends = usePanel(backendsOf)
  const plane = usePanel((state) => state.snapshot?.plane)
  const { value: file } = useReply('config.read', {}, { after: plane?.config.loaded_at })
  const selected = useSelected()
  const sectionOf = ({ backend: name }: BackendView) =>
    file?.sections.find(({ backend }) => backend === name)
  if (plane === undefined) return null
  return (
    <>
      <table
        className="backend-table backend-table-first"
        role="grid"
        aria-label={t('backends:table', { count: backends.length })}
      >
        <FirstHead />
        <tbody data-region-focus>
          <FirstGatewayRow plane={plane} />
          {backends.map((backend, index) => (
            <FirstBackendRow
              key={backend.name}
              backend={backend}
              isLast={index === backends.length - 1}
              isSelected={backend === selected}
              values={sectionOf(backend)?.values}
            />
          ))}
        </tbody>
      </table>
      <FirstSteps origin={`ws://${plane.host}:${plane.port}`} />
    </>
  )
}

interface RowsProps {
  backend: BackendView
  isLast: boolean
  isSelected: boolean
}

const Rows = memo(function Rows({ backend, isLast, isSelected }: RowsProps) {
  useLanguage()
  return (
    <>
      <BackendRow backend={backend} isLast={isLast} isSelected={isSelected} />
      {backend.state === 'failed' && <FailureRow backend={backend} isLast={isLast} />}
    </>
  )
})

function FullHead({ hasGpu }: { hasGpu: boolean }) {
  return (
    <>
      <colgroup>
        <col className="col-branch" />
        <col className="col-switch" />
        <col className="col-name" />
        <col className="col-state" />
        <col className="wide-only col-process" />
        <col className="roomy-only col-provider" />
        <col className="roomy-only col-health" />
        <col className="roomy-only col-load" />
        <col className="col-rate" />
        <col className="wide-only col-errors" />
        <col />
        <col className="wide-only col-trend" />
        <col className="narrow-only col-memory" />
        <col className="wide-only col-ram" />
        <col className="wide-only gpu-only col-gpu" />
      </colgroup>
      <thead>
        <tr>
          <HiddenHead text={t('backends:track')} />
          <HiddenHead text={t('backends:switch_head')} />
          <th scope="col">{t('words:backend')}</th>
          <th scope="col">{t('words:backend_state')}</th>
          <Column className="wide-only">{t('words:process')}</Column>
          <Column className="roomy-only">{t('words:runs_on')}</Column>
          <Column className="num roomy-only">{t('backends:health')}</Column>
          <Column className="num roomy-only" title={t('backends:queue_tooltip')}>
            {t('words:load')}
          </Column>
          <Column className="num">{t('backends:req_s')}</Column>
          <Column className="num wide-only">{t('words:errors')}</Column>
          <th scope="col">
            <span className="tri">
              <i>{t('words:p50_ms')}</i>
              <i>p95</i>
              <i>p99</i>
            </span>
          </th>
          <Column className="wide-only">{t('backends:5_min')}</Column>
          {hasGpu ? (
            <Column className="num narrow-only" title={t('backends:memory_tooltip')}>
              {t('backends:ram_gpu')}
            </Column>
          ) : (
            <Column className="num narrow-only">{t('words:ram_mib')}</Column>
          )}
          <Column className="num wide-only">{t('words:ram_mib')}</Column>
          <Column className="num wide-only gpu-only">{t('words:gpu_mib')}</Column>
        </tr>
      </thead>
    </>
  )
}

function HiddenHead({ text }: { text: string }) {
  return (
    <th scope="col">
      <span className="sr-only">{text}</span>
    </th>
  )
}

interface ColumnProps {
  className?: string
  title?: string
  children: string
}

function Column({ className, title, children }: ColumnProps) {
  return (
    <th scope="col" className={clsx(className)} title={title}>
      {children}
    </th>
  )
}

function FirstHead() {
  return (
    <>
      <colgroup>
        <col className="col-branch" />
        <col className="col-switch" />
        <col className="col-first-name" />
        <col className="col-first-state" />
        <col className="col-first-port" />
        <col />
        <col className="roomy-only col-first-provider" />
        <col className="col-first-start" />
      </colgroup>
      <thead>
        <tr>
          <HiddenHead text={t('backends:track')} />
          <HiddenHead text={t('backends:switch_head')} />
          <th scope="col">{t('words:backend')}</th>
          <th scope="col">{t('words:backend_state')}</th>
          <th scope="col">{t('words:port')}</th>
          <th scope="col">{t('backends:tab.model')}</th>
          <Column className="roomy-only">{t('backends:check.provider_head')}</Column>
          <HiddenHead text={t('backends:start')} />
        </tr>
      </thead>
    </>
  )
}
