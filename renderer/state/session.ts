/** The one subscription layer: writes what the control plane pushes into the stores, and carries out what people ask for. */
import type { ControlMethod, ControlParams } from '../../protocol/control.ts'
import type { ControlClient } from '../api/control_client.ts'
import { keepEvents } from './event_session.ts'
import { noticeOf } from './event_store.ts'
import { followLogs } from './log_session.ts'
import * as switches from './pending_switches.ts'
import {
  isConnected,
  reduceHistory,
  reduceNotice,
  reduceSample,
  reduceSnapshot,
  usePanel,
} from './panel_store.ts'

const CLOCK_STEP_MS = 1000

export interface PanelActions {
  setWanted(name: string, wanted: boolean): Promise<void>
  restart(name: string): Promise<void>
  startAll(): Promise<void>
  stopAll(): Promise<void>
  reloadEvents(): Promise<void>
  retryConnection(): void
  closeNotice(id: number): void
}

export interface Session {
  actions: PanelActions
  dispose(): void
}

export function startSession(client: ControlClient): Session {
  subscribeEvents(client)
  const events = keepEvents(client)
  const logs = followLogs(client, (sentence) => notify('The log could not be read', sentence))
  const clock = setInterval(() => {
    if (isConnected(usePanel.getState())) usePanel.setState({ nowMs: Date.now() })
  }, CLOCK_STEP_MS)
  client.open()
  return {
    actions: { ...createActions(client), reloadEvents: () => events.reload() },
    dispose() {
      clearInterval(clock)
      logs.dispose()
      client.dispose()
    },
  }
}

function subscribeEvents(client: ControlClient): void {
  let asked = new Set<string>()
  client.onStatus((connection) => {
    usePanel.setState({ connection })
    // What was missed meanwhile is in the history, so each connection asks anew.
    if (connection.phase === 'open') asked = new Set()
  })
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
        // What it changed is in the snapshot that comes with it.
        const notice = noticeOf(event.data)
        if (notice) usePanel.setState((state) => reduceNotice(state, notice))
        return
      }
      case 'logs':
        // log_session.ts knows whether they are still wanted.
        return
    }
  })
  client.onMisfit((reason) => {
    const remedy = 'Reload the page; if it stays, panel and control plane are of two versions.'
    notify('A message was left out', `${reason} ${remedy}`)
  })
}

async function loadHistory(client: ControlClient, name: string): Promise<void> {
  try {
    const { samples } = await client.call('backends.history', { name })
    usePanel.setState((state) => reduceHistory(state, name, samples))
  } catch {
    // The charts then start with the next sample; a lost connection is shown by the banner.
  }
}

function createActions(client: ControlClient): Omit<PanelActions, 'reloadEvents'> {
  const attempt = async <M extends ControlMethod>(
    title: string,
    method: M,
    params: ControlParams<M>,
  ): Promise<boolean> => {
    try {
      await client.call(method, params)
      return true
    } catch (error) {
      notify(title, sentenceOf(error))
      return false
    }
  }
  return {
    async setWanted(name, wanted) {
      usePanel.setState((state) => ({ switches: switches.moved(state.switches, name, wanted) }))
      const method = wanted ? 'backends.start' : 'backends.stop'
      const done = await attempt(`${name} was not ${wanted ? 'started' : 'stopped'}`, method, {
        name,
      })
      const next = done ? switches.answered : switches.forgotten
      usePanel.setState((state) => ({ switches: next(state.switches, name) }))
    },
    async restart(name) {
      await attempt(`${name} was not restarted`, 'backends.restart', { name })
    },
    async startAll() {
      await attempt('Not all backends were started', 'backends.start_all', {})
    },
    async stopAll() {
      await attempt('Not all backends were stopped', 'backends.stop_all', {})
    },
    retryConnection: () => client.retryNow(),
    closeNotice(id) {
      usePanel.setState((state) => ({
        notices: state.notices.filter((notice) => notice.id !== id),
      }))
    },
  }
}

function notify(title: string, text: string): void {
  usePanel.setState((state) => reduceNotice(state, { title, text }))
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
