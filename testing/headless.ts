/** For tests: a headless Switchyard in a child process, with a panel connection. */
import {
  connectControl,
  createControlClient,
  type ControlClient,
} from '../client/control_client.ts'
import { openNodeSocket } from '../client/node_socket.ts'
import type { BackendView, Snapshot } from '../protocol/control.ts'
import {
  endStarted,
  startNode,
  temporaryConfig,
  until,
  WAIT_MS_MAX,
  type RunningProcess,
} from './processes.ts'

export interface Panel {
  process: RunningProcess
  file: string
  /** `http://127.0.0.1:PORT` */
  http: string
  ws: string
  token: string
  /** `Authorization: Bearer <token>` */
  headers: Record<string, string>
  control: ControlClient
  /** The first matching snapshot since the last call, so that brief states are not missed. */
  snapshotWhere(check: (snapshot: Snapshot) => boolean): Promise<Snapshot>
  backendWhere(check: (backend: BackendView) => boolean): Promise<BackendView>
  call: ControlClient['call']
}

const cleanups: (() => void | Promise<void>)[] = []

export async function endPanels(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await endStarted()
}

/** Another panel connection. */
export const openControl = ({ ws, headers }: Pick<Panel, 'ws' | 'headers'>) =>
  connectControl(() => openNodeSocket(`${ws}/control`, { headers }))

/** The newest or next view for which `isWanted` holds. */
export async function backendWhere(
  control: ControlClient,
  isWanted: (view: BackendView) => boolean,
): Promise<BackendView> {
  let view: BackendView | undefined
  await control.snapshotWhere(({ backends }) => {
    view = backends.find(isWanted)
    return view !== undefined
  }, WAIT_MS_MAX)
  if (view === undefined) throw new Error('no backend is wanted')
  return view
}

/** `config` is the text of models.yaml. Resolves once the panel is reachable. */
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
  const control = createControlClient({
    openSocket: () => openNodeSocket(`${ws}/control`, { headers }),
    reconnects: false,
  })
  cleanups.push(control.dispose)
  const unseen: Snapshot[] = []
  control.onEvent((event) => {
    if (event.event === 'snapshot') unseen.push(event.data)
  })
  await control.open()
  const snapshotWhere = (check: (snapshot: Snapshot) => boolean) =>
    until('a snapshot', () => {
      while (unseen.length > 0) {
        const snapshot = unseen.shift()
        if (snapshot !== undefined && check(snapshot)) return snapshot
      }
      return null
    })
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
    call: async (method, params) => {
      try {
        return await control.call(method, params)
      } finally {
        unseen.length = 0
      }
    },
  }
}
