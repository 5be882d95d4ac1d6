/** A separate control plane, headless, with an emotion backend; watched through the ControlApi as the panel would. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
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
  /** Of the panel in a browser, with its token. */
  readonly address: string
  /** Holds the logs. */
  readonly stateDir: string
  /** `backends.start` and its like, of any backend. */
  call(method: string, name: string): void
  /** Resolves when the backend is in the state. */
  where(name: string, state: BackendView['state']): Promise<BackendView>
  /** Of the emotion backend, as all below. */
  start(): void
  /** Resolves when it is off; immediately if it already was. */
  stop(): Promise<void>
  /** Resolves when a process other than `pid` is ready. */
  ready(otherThanPid?: number): Promise<Ready>
  close(): Promise<void>
}

/** `more`: lines of further sections of `model_backends`. */
export async function openPanel(more: readonly string[] = []): Promise<Panel> {
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
      ...more,
      '',
    ].join('\n'),
  )
  const args = ['--headless', '--port', '0', '--no-open', '--config', file]
  const stateDir = mkdtempSync(path.join(tmpdir(), 'switchyard-bench-'))
  const program = startNode(['scripts/start.mjs', ...args], { SWITCHYARD_STATE_DIR: stateDir })
  const [, http = '', token = ''] = await program.waitFor(/Panel: (http:\S+)\/\?token=(\S+)/)
  const ws = http.replace('http:', 'ws:')
  const control = await connect(`${ws}/control`, { headers: { authorization: `Bearer ${token}` } })
  let current: readonly BackendView[] = []
  const watchers = new Set<() => void>()
  let nextId = 0
  const follow = async () => {
    for (;;) {
      const message = await control.next()
      if (message['event'] !== 'snapshot') continue
      current = (message['data'] as Snapshot).backends
      for (const watcher of watchers) watcher()
    }
  }
  // Ends with the connection.
  follow().catch(() => undefined)
  const call = (method: string, name = 'emotion') => {
    control.send({ id: nextId++, method, params: { name } })
  }
  const viewWhere = (name: string, what: string, isWanted: (view: BackendView) => boolean) =>
    new Promise<BackendView>((resolve, reject) => {
      const view = () => current.find((one) => one.name === name)
      const timer = setTimeout(() => {
        watchers.delete(check)
        reject(new Error(`${name} is ${view()?.state} and not ${what}`))
      }, STATE_MS_MAX)
      const check = () => {
        const found = view()
        if (found === undefined || !isWanted(found)) return
        clearTimeout(timer)
        watchers.delete(check)
        resolve(found)
      }
      watchers.add(check)
      check()
    })
  return {
    gatewayUrl: `${ws}/backends/emotion`,
    address: `${http}/?token=${token}`,
    stateDir,
    call,
    where: (name, wanted) => viewWhere(name, wanted, ({ state }) => state === wanted),
    start: () => {
      call('backends.start')
    },
    stop: async () => {
      call('backends.stop')
      await viewWhere('emotion', 'disabled', ({ state }) => state === 'disabled')
    },
    ready: async (otherThanPid) => {
      const view = await viewWhere(
        'emotion',
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
      rmSync(stateDir, { recursive: true })
    },
  }
}

const STATE_MS_MAX = 30_000
