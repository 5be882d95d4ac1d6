/** For tests: the control plane without a window, in a separate process, with a panel's connection to it. */
import type { BackendView, Snapshot } from '../protocol/control.ts'
import { endStarted, startNode, temporaryConfig, type RunningProcess } from './processes.ts'
import { connect, type WireClient } from './wire_client.ts'

export interface Panel {
  process: RunningProcess
  /** The configuration file. */
  file: string
  /** `http://127.0.0.1:PORT` */
  http: string
  ws: string
  token: string
  /** `Authorization: Bearer <token>` */
  headers: Record<string, string>
  control: WireClient
  /** The newest snapshot for which `check` holds. */
  snapshotWhere(check: (snapshot: Snapshot) => boolean): Promise<Snapshot>
  backendWhere(check: (backend: BackendView) => boolean): Promise<BackendView>
  call(method: string, params?: object): Promise<unknown>
}

const cleanups: (() => void | Promise<void>)[] = []

/** Ends every panel and every process that a test has started. */
export async function endPanels(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await endStarted()
}

/** `config` is the text of models.yaml. Resolves when the panel can be opened. */
export async function startHeadless(config: string): Promise<Panel> {
  const { file, remove } = temporaryConfig(config)
  cleanups.push(remove)
  const process = startNode([
    'scripts/start.mjs',
    '--headless',
    '--port',
    '0',
    '--no-open',
    '--config',
    file,
  ])
  const [, http = '', token = ''] = await process.waitFor(/Panel: (http:\S+)\/\?token=(\S+)/)
  const headers = { authorization: `Bearer ${token}` }
  const ws = http.replace('http:', 'ws:')
  const control = await connect(`${ws}/control`, { headers })
  cleanups.push(() => control.close())
  let nextId = 0
  const snapshotWhere = async (check: (snapshot: Snapshot) => boolean) => {
    for (;;) {
      const message = await control.next()
      if (message.event === 'snapshot' && check(message.data as Snapshot)) {
        return message.data as Snapshot
      }
    }
  }
  return {
    file,
    process,
    http,
    ws,
    token,
    headers,
    control,
    snapshotWhere,
    backendWhere: async (check) => {
      const { backends } = await snapshotWhere(
        ({ backends: [first] }) => first !== undefined && check(first),
      )
      return backends[0] as BackendView
    },
    call: async (method, params = {}) => {
      const id = nextId++
      control.send({ id, method, params })
      for (;;) {
        const message = await control.next()
        if (message.id === id) return message.result ?? message.error
      }
    },
  }
}
