/** A control plane of its own, headless, with one emotion backend; watched through the ControlApi as the panel would. */
import type { BackendView, Snapshot } from '../../protocol/control.ts'
import { freePort, startNode, temporaryConfig } from '../../testing/processes.ts'
import { connect } from '../../testing/wire_client.ts'

/** Times in Unix ms by the control plane's own clock: its snapshots come up to 200 ms late. */
export interface Ready {
  pid: number
  spawnedAt: number
  readyAt: number
}

export interface Panel {
  readonly gatewayUrl: string
  start(): void
  /** Resolves when it is off; at once when it was. */
  stop(): Promise<void>
  /** Resolves when a process other than `pid` is ready. */
  ready(otherThanPid?: number): Promise<Ready>
  close(): Promise<void>
}

export async function openPanel(): Promise<Panel> {
  const port = await freePort()
  const { file, remove } = temporaryConfig(
    [
      'model_backends:',
      '  emotion:',
      '    host: 127.0.0.1',
      `    port: ${port}`,
      '    reconnect_interval: 0.1',
      '    cache_size: 0',
      '    providers: [cpu]',
      '',
    ].join('\n'),
  )
  const args = ['--headless', '--port', '0', '--no-open', '--config', file]
  const program = startNode(['build/start.mjs', ...args])
  const [, http = '', token = ''] = await program.waitFor(/Panel: (http:\S+)\/\?token=(\S+)/)
  const ws = http.replace('http:', 'ws:')
  const control = await connect(`${ws}/control`, { headers: { authorization: `Bearer ${token}` } })
  let current: BackendView | null = null
  const watchers = new Set<(view: BackendView) => void>()
  let nextId = 0
  const follow = async () => {
    for (;;) {
      const message = await control.next()
      const [view] = message['event'] === 'snapshot' ? (message['data'] as Snapshot).backends : []
      if (view === undefined) continue
      current = view
      for (const watcher of watchers) watcher(view)
    }
  }
  // Ends with the connection.
  follow().catch(() => undefined)
  const call = (method: string) => {
    control.send({ id: nextId++, method, params: { name: 'emotion' } })
  }
  const viewWhere = (what: string, isWanted: (view: BackendView) => boolean) =>
    new Promise<BackendView>((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(check)
        reject(new Error(`the backend is ${current?.state} and not ${what}`))
      }, STATE_MS_MAX)
      const check = (view: BackendView) => {
        if (!isWanted(view)) return
        clearTimeout(timer)
        watchers.delete(check)
        resolve(view)
      }
      watchers.add(check)
      if (current !== null) check(current)
    })
  return {
    gatewayUrl: `${ws}/backends/emotion`,
    start: () => {
      call('backends.start')
    },
    stop: async () => {
      call('backends.stop')
      await viewWhere('disabled', ({ state }) => state === 'disabled')
    },
    ready: async (otherThanPid) => {
      const view = await viewWhere(
        'ready',
        ({ state, pid }) => state === 'ready' && pid !== otherThanPid,
      )
      return { pid: view.pid ?? 0, spawnedAt: view.started_at ?? NaN, readyAt: view.since }
    },
    close: async () => {
      await control.close()
      program.signal('SIGTERM')
      await program.exited
      remove()
    },
  }
}

const STATE_MS_MAX = 30_000
