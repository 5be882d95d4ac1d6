/** A headless Switchyard with an emotion backend, observed through the ControlApi. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BackendView } from '../../protocol/control.ts'
import { backendWhere, openControl } from '../../testing/headless.ts'
import { freePort, startNode, temporaryConfig } from '../../testing/processes.ts'

export interface Ready {
  pid: number
  spawnedAt: number
  readyAt: number
}

type SwitchMethod = 'backends.start' | 'backends.stop'

export interface Panel {
  readonly pid: number
  /** Of the backend of this name. */
  gatewayOf(name: string): string
  readonly gatewayUrl: string
  /** Including the token. */
  readonly address: string
  /** Contains the logs. */
  readonly stateDir: string
  /** `backends.start` and the like, for any backend. */
  call(method: SwitchMethod, name: string): Promise<void>
  /** Resolves when the backend is in the state. */
  where(name: string, state: BackendView['state']): Promise<BackendView>
  /** The emotion backend, as for all below. */
  start(): Promise<void>
  /** Resolves when it is off. */
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
  const headers = { authorization: `Bearer ${token}` }
  const control = await openControl({ ws, headers })
  const call = async (method: SwitchMethod, name: string) => {
    await control.call(method, { name })
  }
  const viewWhere = (wanted: string, isWanted: (view: BackendView) => boolean) =>
    backendWhere(control, (view) => view.name === wanted && isWanted(view))
  return {
    pid: program.pid,
    gatewayOf: (name) => `${ws}/backends/${name}`,
    gatewayUrl: `${ws}/backends/emotion`,
    address: `${http}/?token=${token}`,
    stateDir,
    call,
    where: (name, wanted) => viewWhere(name, ({ state }) => state === wanted),
    start: () => call('backends.start', 'emotion'),
    stop: async () => {
      await call('backends.stop', 'emotion')
      await viewWhere('emotion', ({ state }) => state === 'disabled')
    },
    ready: async (otherThanPid) => {
      const view = await viewWhere(
        'emotion',
        ({ state, pid }) => state === 'ready' && pid !== otherThanPid,
      )
      return { pid: view.pid ?? 0, spawnedAt: view.started_at ?? NaN, readyAt: view.since }
    },
    close: async () => {
      control.dispose()
      program.signal('SIGTERM')
      await program.exited
      remove()
      rmSync(stateDir, { recursive: true })
    },
  }
}
