import clsx from 'clsx'
import { Play } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { Switch } from '../../components/switch.tsx'
import { BackendBranch } from '../../components/branch.tsx'
import { backendAddress } from '../../format/backend_text.ts'
import { useActions } from '../../state/actions_context.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { isWanted } from '../../state/pending_switches.ts'
import { selectBackend, showPane } from '../../state/ui_store.ts'
import {
  ErrorsCell,
  GpuCell,
  HealthCell,
  LatencyCell,
  LoadCell,
  MemoryCell,
  ProcessCell,
  ProviderCell,
  RamCell,
  RateCell,
  StateCell,
  TrendCell,
} from './cells.tsx'
import { FirstChecks, type SectionValues } from './first_checks.tsx'
import { isNarrow } from '../../state/pane_width.ts'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

interface BackendRowProps {
  backend: BackendView
  isLast: boolean
  isSelected: boolean
}

export function BackendRow({ backend, isLast, isSelected }: BackendRowProps) {
  // The explanation row of a failed backend follows; its rail may end here.
  return (
    <Row name={backend.name} isSelected={isSelected}>
      <Lead backend={backend} isLast={isLast} />
      <StateCell backend={backend} />
      <ProcessCell backend={backend} />
      <ProviderCell backend={backend} />
      <HealthCell backend={backend} />
      <LoadCell backend={backend} />
      <RateCell backend={backend} />
      <ErrorsCell backend={backend} />
      <LatencyCell backend={backend} />
      <TrendCell backend={backend} />
      <MemoryCell backend={backend} />
      <RamCell backend={backend} />
      <GpuCell backend={backend} />
    </Row>
  )
}

interface FirstBackendRowProps extends BackendRowProps {
  values: SectionValues | undefined
}

/** Before the first start: shows checks instead of measurements. */
export function FirstBackendRow({ backend, isLast, isSelected, values }: FirstBackendRowProps) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  return (
    <Row name={backend.name} isSelected={isSelected}>
      <Lead backend={backend} isLast={isLast} />
      <StateCell backend={backend} />
      <FirstChecks backend={backend} values={values} />
      <td className="num">
        <Button
          icon={Play}
          look="ghost"
          tabIndex={-1}
          disabled={!isLive}
          onClick={() => void panel.setWanted(backend.name, true)}
        >
          {t('backends:start')}
          <span className="sr-only"> {backend.name}</span>
        </Button>
      </td>
    </Row>
  )
}

interface RowProps {
  name: string
  isSelected: boolean
  children: React.ReactNode
}

function Row({ name, isSelected, children }: RowProps) {
  return (
    <tr
      className="backend-table-row"
      data-backend={name}
      tabIndex={isSelected ? 0 : -1}
      aria-selected={isSelected}
      onFocus={() => selectBackend(name)}
      onClick={({ target }) => {
        // Switches and buttons in the row handle their own clicks.
        const opens = isNarrow() && (target as Element).closest('button, a, input') === null
        selectBackend(name)
        if (opens) showPane()
      }}
    >
      {children}
    </tr>
  )
}

function Lead({ backend, isLast }: { backend: BackendView; isLast: boolean }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  const isOn = usePanel((state) => isWanted(backend, state.switches))
  const address = backendAddress(backend)
  const isExternal = backend.runtime === 'external'
  // External backends cannot be stopped, only unwatched.
  const isWatched = isExternal && isOn
  return (
    <>
      <td>
        <BackendBranch state={backend.state} isLast={isLast} isExternal={isExternal} />
      </td>
      <td>
        <Switch
          label={backend.name}
          isOn={isOn}
          isInert={!isLive || isWatched}
          isExternal={isExternal}
          tabIndex={-1}
          title={switchTitle({ name: backend.name, isLive, isOn, isWatched })}
          onChange={(wanted) => void panel.setWanted(backend.name, wanted)}
        />
      </td>
      <td>
        <span className={clsx('line-1 name', !isOn && 'ink-2')} title={backend.name}>
          {backend.name}
        </span>
        <span className="line-2 mono" title={address}>
          {address}
        </span>
      </td>
    </>
  )
}

function switchTitle(given: {
  name: string
  isLive: boolean
  isOn: boolean
  isWatched: boolean
}): string {
  const { name } = given
  if (!given.isLive) return t('config:lost')
  if (given.isWatched) return t('backends:switch_external', { name })
  return t(given.isOn ? 'backends:switch_off' : 'backends:switch_on', { name })
}
