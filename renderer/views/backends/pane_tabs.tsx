import { Tabs } from 'radix-ui'
import type { BackendView } from '../../../protocol/control.ts'
import { useEvents } from '../../state/event_store.ts'
import { PANE_TABS } from '../../state/preferences.ts'
import { changePreferences, useUi } from '../../state/ui_store.ts'
import { ConfigTab } from './config/config_tab.tsx'
import { CrashTab } from './crash/crash_tab.tsx'
import { ModelTab } from './model/model_tab.tsx'
import { OverviewTab } from './overview/overview_tab.tsx'
import { useReply } from '../../hooks/use_reply.ts'
import { t } from '../../i18n/i18n.ts'

export function PaneTabs({ backend }: { backend: BackendView }) {
  const tab = useUi((state) => state.paneTab)
  const newest = useEvents(
    ({ events }) =>
      events.findLast((event) => event.crash_id !== undefined && event.backend === backend.name)
        ?.seq,
  )
  const crashes = useReply('crashes.list', { backend: backend.name }, { after: newest })
  const amount = crashes.value?.crashes.length ?? 0
  return (
    <Tabs.Root
      className="pane-tabs"
      value={tab}
      onValueChange={(value) =>
        changePreferences({ paneTab: PANE_TABS.find((one) => one === value) ?? 'overview' })
      }
    >
      <Tabs.List className="tabs" aria-label={t('backends:detail_tabs', { name: backend.name })}>
        {PANE_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one}>
            {t(`backends:tab.${one}`)}
            {one === 'crash' && amount > 0 && (
              <span className="count">
                {amount}
                <span className="sr-only"> {t('backends:on_record')}</span>
              </span>
            )}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content value="overview" className="pane-body live">
        <OverviewTab backend={backend} />
      </Tabs.Content>
      <Tabs.Content value="config" className="pane-body live">
        <ConfigTab backend={backend} />
      </Tabs.Content>
      <Tabs.Content value="model" className="pane-body live">
        <ModelTab backend={backend} />
      </Tabs.Content>
      <Tabs.Content value="crash" className="pane-body live">
        <CrashTab backend={backend} crashes={crashes} />
      </Tabs.Content>
    </Tabs.Root>
  )
}
