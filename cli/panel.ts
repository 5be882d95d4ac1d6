import { connectControl, type ControlClient } from '../client/control_client.ts'
import { openNodeSocket } from '../client/node_socket.ts'
import { runningPanels, type RunningPanel } from '../control/running_file.ts'
import { PANEL_PORT_DEFAULT } from '../protocol/config.ts'
import { ControlError, messageOf } from '../protocol/errors.ts'
import { bearerHeaders } from '../server/token.ts'
import { CliError, misused } from './cli_error.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'

export interface PanelAddress {
  /** `http://127.0.0.1:8765` */
  http: string
  token: string
}

/** A local panel responds in milliseconds; a slower server is not one. */
const HANDSHAKE_MS_MAX = 10_000
const WRONG_TOKEN =
  'the token is wrong; set SWITCHYARD_PANEL_TOKEN, or name its file with --token-file'
const HOW_TO_START = 'start one with `npm start`, or `npm run headless` where there is no display'

export interface PanelChoice {
  folder: string
  url: string | undefined
  token: string | undefined
  port: string | undefined
}

/** null if none is running. Throws CliError if several are and none is selected. */
export async function findPanel(choice: PanelChoice): Promise<PanelAddress | null> {
  if (choice.url !== undefined) {
    if (!URL.canParse(choice.url)) {
      throw misused(
        `--url "${choice.url}" is not an address; use one such as http://127.0.0.1:8765`,
      )
    }
    const http = new URL(choice.url).origin
    const known = await runningPanels(choice.folder)
    const token = choice.token ?? known.find((panel) => addressOf(panel).http === http)?.token ?? ''
    return { http, token }
  }
  const panels = await runningPanels(choice.folder)
  const wanted = choice.port === undefined ? null : Number(choice.port)
  if (wanted !== null) {
    const named = panels.find(({ port }) => port === wanted)
    if (named !== undefined) return addressOf(named)
    const known = panels.map(({ port }) => port).join(', ') || 'none'
    throw new CliError(
      CLI_EXIT_CODES.no_panel,
      `no panel runs on port ${choice.port}; running: ${known}`,
    )
  }
  const [only] = panels
  if (only === undefined) return null
  const usual = panels.length === 1 ? only : panels.find(({ port }) => port === PANEL_PORT_DEFAULT)
  if (usual !== undefined) return addressOf(usual)
  const ports = panels.map(({ port }) => port).join(', ')
  throw misused(`several panels run, on ports ${ports}; choose one with --port`)
}

function addressOf({ host, port, token }: RunningPanel): PanelAddress {
  return { http: `http://${host}:${port}`, token }
}

export const noPanel = () =>
  new CliError(CLI_EXIT_CODES.no_panel, `no panel of Switchyard runs; ${HOW_TO_START}`)

export interface Panel extends ControlClient {
  readonly address: PanelAddress
}

/** Rejects with CliError if unreachable, or if the token is rejected. */
export async function openPanel(address: PanelAddress): Promise<Panel> {
  const openSocket = () =>
    openNodeSocket(`${address.http.replace(/^http/, 'ws')}/control`, {
      headers: { ...bearerHeaders(address.token), origin: address.http },
      handshakeTimeout: HANDSHAKE_MS_MAX,
    })
  try {
    return { ...(await connectControl(openSocket)), address }
  } catch (error) {
    const isToken = error instanceof ControlError && error.code === 'unauthorized'
    const reason = isToken ? WRONG_TOKEN : messageOf(error)
    throw new CliError(CLI_EXIT_CODES.no_panel, `${address.http} cannot be reached: ${reason}`)
  }
}
