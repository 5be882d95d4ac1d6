/** The only subscriber of pushed state: writes it to the stores and performs the actions of the panel. */
import type { ControlMethod, ControlParams } from '../../protocol/control.ts'
import type { ControlClient } from '../../client/control_client.ts'
import { t } from '../i18n/i18n.ts'
import { followVisibility } from './visibility.ts'
import { keepEvents } from './event_session.ts'
import { noticeOf } from './event_store.ts'
import { followLogs } from './log_session.ts'
import * as switches from './pending_switches.ts'
import {
  isWatching,
  noteFailure,
  reduceHistory,
  reduceNotice,
  reduceSample,
  reduceSnapshot,
  usePanel,
} from './panel_store.ts'
import { errorText, messageText } from '../format/message.ts'
import { Disposables } from '../../protocol/disposables.ts'

const CLOCK_STEP_MS = 1000

export interface PanelActions {
  setWanted(name: string, wanted: boolean): Promise<void>
  restart(name: string): Promise<void>
  startAll(): Promise<void>
  stopAll(): Promise<void>
  reloadConfig(): Promise<void>
  reloadEvents(): Promise<void>
  loadEarlierEvents(): Promise<void>
  retryConnection(): void
}

export interface Session {
  actions: PanelActions
  dispose(): void
}

export function startSession(client: ControlClient): Session {
  const opened = new Disposables()
  subscribeEvents(client, opened)
  opened.add(followVisibility(client, document))
  const events = keepEvents(client)
  const logs = followLogs(client, (sentence) => noteFailure(t('shell:notice.no_log'), sentence))
  opened.add(() => logs.dispose())
  opened.interval(CLOCK_STEP_MS, () => {
    if (isWatching(usePanel.getState())) usePanel.setState({ nowMs: Date.now() })
  })
  // The status reports the outcome.
  client.open().catch(() => undefined)
  return {
    actions: {
      ...createActions(client),
      reloadEvents: () => events.reload(),
      loadEarlierEvents: () => events.loadEarlier(),
    },
    dispose() {
      void opened.dispose()
      client.dispose()
    },
  }
}

function subscribeEvents(client: ControlClient, opened: Disposables): void {
  /** Backends whose history is loaded. Reloaded after a disconnect or hidden phase, whose samples were missed. */
  let asked = new Set<string>()
  client.onStatus((connection) => {
    usePanel.setState({ connection })
    if (connection.phase === 'open') asked = new Set()
  })
  opened.add(
    usePanel.subscribe((after, before) => {
      if (after.isVisible !== before.isVisible) asked = new Set()
    }),
  )
  client.onEvent((event) => {
    switch (event.event) {
      case 'snapshot': {
        usePanel.setState((state) => reduceSnapshot(state, event.data))
        for (const { name } of event.data.backends) {
          if (asked.has(name)) continue
          asked.add(name)
          void loadHistory(client, name)
        }
        return
      }
      case 'sample':
        usePanel.setState((state) => reduceSample(state, event.data.name, event.data.sample))
        return
      case 'event': {
        // The accompanying snapshot contains the change.
        const notice = noticeOf(event.data)
        if (notice) usePanel.setState((state) => reduceNotice(state, notice))
        return
      }
      case 'logs':
        // log_session.ts checks whether they are still wanted.
        return
    }
  })
  client.onMisfit((reason) => {
    noteFailure(
      t('shell:notice.misfit'),
      `${messageText(reason)} ${t('shell:notice.misfit_remedy')}`,
    )
  })
}

async function loadHistory(client: ControlClient, name: string): Promise<void> {
  try {
    const { samples } = await client.call('backends.history', { name })
    usePanel.setState((state) => reduceHistory(state, name, samples))
  } catch {
    // The charts start with the next sample; a banner shows a lost connection.
  }
}

function createActions(
  client: ControlClient,
): Omit<PanelActions, 'reloadEvents' | 'loadEarlierEvents'> {
  const attempt = async <M extends ControlMethod>(
    title: string,
    method: M,
    params: ControlParams<M>,
  ): Promise<boolean> => {
    try {
      await client.call(method, params)
      return true
    } catch (error) {
      noteFailure(title, errorText(error))
      return false
    }
  }
  return {
    async setWanted(name, wanted) {
      usePanel.setState((state) => ({ switches: switches.moved(state.switches, name, wanted) }))
      const method = wanted ? 'backends.start' : 'backends.stop'
      const title = t(wanted ? 'shell:notice.not_started' : 'shell:notice.not_stopped', { name })
      const done = await attempt(title, method, { name })
      const next = done ? switches.answered : switches.forgotten
      usePanel.setState((state) => ({ switches: next(state.switches, name) }))
    },
    async restart(name) {
      await attempt(t('shell:notice.not_restarted', { name }), 'backends.restart', { name })
    },
    async startAll() {
      await attempt(t('shell:notice.not_all_started'), 'backends.start_all', {})
    },
    async stopAll() {
      await attempt(t('shell:notice.not_all_stopped'), 'backends.stop_all', {})
    },
    async reloadConfig() {
      await attempt(t('shell:notice.not_reloaded'), 'config.reload', {})
    },
    retryConnection: () => client.retryNow(),
  }
}
