import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import type { BackendConfig } from '../protocol/config.ts'
import { pathBaseEnv, pathBases, resolveFrom } from '../files/path_base.ts'
import { versionOf } from '../files/package_version.ts'
import { MessageError, messageOf, saidBy } from '../protocol/errors.ts'
import { message, messageIn, type Message } from '../protocol/messages.ts'
import { ALLOWED_VARIABLES, readAllowed, type AllowedKind } from '../protocol/origin.ts'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import { Disposables } from '../protocol/disposables.ts'
import type { Access } from './http/access.ts'
import { createPages } from './http/pages.ts'
import { startPanelServer, type PanelServer } from './http/panel_server.ts'
import { createFallbackLauncher, withAndWithoutArena } from './launcher/fallback_launcher.ts'
import { createCommandLauncher } from './launcher/command_launcher.ts'
import { createExternalLauncher } from './launcher/external_launcher.ts'
import { createNodeLauncher } from './launcher/node_launcher.ts'
import type { Launcher } from './launcher/launcher.ts'
import { examinePort } from './ports/examine_port.ts'
import { ControlPlane } from './plane.ts'
import { advertisePanel, type Advertisement } from './running_file.ts'
import { stateDirOf, stateLayout, tightenStateDir } from './state_dir.ts'
import { TokenKeeper } from './token_keeper.ts'

export interface PlaneRunOptions {
  rootDir: string
  host: string
  port: number
  configFile: string
  stateDir?: string
  shellNotice: Message | null
  /** Starts built-in backends; default: Node processes. */
  launcher?: Launcher
  /** The Node binary for our programs; default: this one, unless it is Electron. */
  nodePath?: string
  /** Of the programs of backends; default: that of this process. */
  env?: NodeJS.ProcessEnv
  /** Folder of package.json and the panel if it is not `rootDir`: the desktop app's archive, which only Electron can read. */
  appDir?: string
  /** False after failed launches: enabled backends wait for a manual start. */
  startsBackends?: boolean
  /** Origins that may use the gateway: the desktop app's own scheme. */
  ownOrigins?: readonly string[]
  allowed?: Allowed
}

interface Allowed {
  names: readonly string[]
  origins: readonly string[]
}

export interface RunningPlane {
  plane: ControlPlane
  server: PanelServer
  token: Pick<Access, 'token'>
  close(): Promise<void>
  kill(): void
}

export class StartError extends MessageError {
  readonly exitCode: number

  constructor(said: Message, exitCode: number, cause: unknown) {
    super(said, { cause })
    this.exitCode = exitCode
  }
}

/** Rejects with StartError, after closing everything that it opened. */
export async function startPlane(options: PlaneRunOptions): Promise<RunningPlane> {
  try {
    return await openPlane(options)
  } catch (error) {
    if (error instanceof StartError) throw error
    const said = message('app.could_not_start', { reason: saidBy(error) })
    throw new StartError(said, EXIT_CODES.internal, error)
  }
}

async function openPlane(options: PlaneRunOptions): Promise<RunningPlane> {
  const { rootDir, stateDir = stateDirOf(process.env), nodePath = process.execPath } = options
  const appDir = options.appDir ?? rootDir
  const version = versionOf(appDir)
  const faults = await tightenStateDir(stateDir)
  const token = await TokenKeeper.open(stateLayout(stateDir).token, () => performance.now())
  const plane = new ControlPlane({
    configFile: options.configFile,
    rootDir,
    stateDir,
    backendToken: randomBytes(24).toString('base64url'),
    launcherFor: launcherChoice({ ...options, nodePath }),
    nodePath,
    startsBackends: options.startsBackends ?? true,
    version,
    shellNotice: options.shellNotice,
    cores: availableParallelism(),
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    random: Math.random,
    replaceToken: () => token.replace(),
  })
  let server: PanelServer | null = null
  let notice: Advertisement | null = null
  const opened = new Disposables()
  // Panels see the backends stop: the port closes last.
  opened.add(
    () => server?.close(),
    () => notice?.remove(),
    () => plane.close(),
    () => token.close(),
  )
  try {
    for (const fault of faults) {
      plane.logs.say('warn', `Part of the state folder is readable by other users: ${fault}`)
    }
    if (token.notice !== null) plane.logs.say('warn', token.notice)
    server = await openPort(plane, options, { appDir, access: token.access })
    await plane.open({ host: options.host, port: server.port })
    notice = await advertise(plane, { stateDir, url: server.url, version })
  } catch (error) {
    await opened.dispose()
    throw error
  }
  token.onReplaced(async (next) => {
    plane.logs.say('info', 'The token of the panel was replaced. All sessions are signed out.')
    await notice?.setToken(next).catch((error: unknown) => {
      plane.logs.say('warn', `The command line still has the old token: ${messageOf(error)}`)
    })
    // After the response to the requesting page.
    setImmediate(() => {
      server?.signOut()
    })
  })
  return {
    plane,
    server,
    token: token.access,
    close: () => opened.dispose(),
    kill: () => {
      plane.kill()
    },
  }
}

async function openPort(
  plane: ControlPlane,
  options: PlaneRunOptions,
  { appDir, access }: { appDir: string; access: Access },
): Promise<PanelServer> {
  const allowed = allowedWith(options.allowed, process.env)
  try {
    return await startPanelServer({
      access,
      host: options.host,
      port: options.port,
      panelDir: path.join(appDir, 'dist', 'renderer'),
      ownOrigins: [...(options.ownOrigins ?? []), ...allowed.origins],
      allowedNames: allowed.names,
      messageBytesMax: () => plane.messageBytesMax(),
      onControl: (socket) => {
        plane.addPanel(socket)
      },
      onGateway: (socket, backend) => {
        plane.addProgram(socket, backend)
      },
      answerPage: createPages(plane),
      onFault: (reason) => {
        plane.logs.say('error', reason)
      },
      onRefused: (reason) => {
        plane.noteRefused(reason)
      },
    })
  } catch (error) {
    const said = await portMessage(error, options)
    if (said === null) throw error
    throw new StartError(said, EXIT_CODES.port_unavailable, error)
  }
}

/** Throws for an invalid value in the environment. */
function allowedWith(given: Allowed | undefined, env: NodeJS.ProcessEnv): Allowed {
  const inEnv = (kind: AllowedKind) =>
    readAllowed(kind, (env[ALLOWED_VARIABLES[kind]] ?? '').split(','))
  return {
    names: [...(given?.names ?? []), ...inEnv('host')],
    origins: [...(given?.origins ?? []), ...inEnv('origin')],
  }
}

/** Without the file only `switchyard` without an address fails, so a write error is not fatal. */
async function advertise(
  plane: ControlPlane,
  { stateDir, url, version }: { stateDir: string; url: string; version: string },
): Promise<Advertisement | null> {
  try {
    return await advertisePanel({ folder: stateLayout(stateDir).running, url, version })
  } catch (error) {
    const reason = messageOf(error)
    plane.logs.say('warn', `the command line finds this panel by its address only: ${reason}`)
    return null
  }
}

/** One launcher for all built-in backends, since it remembers which of them crashed while loading. */
function launcherChoice({
  rootDir,
  configFile,
  launcher,
  nodePath,
  env = process.env,
}: Pick<PlaneRunOptions, 'rootDir' | 'configFile' | 'launcher' | 'env'> & { nodePath: string }): (
  config: BackendConfig,
) => Launcher {
  const node = { execPath: nodePath, env }
  const ours =
    launcher ??
    headlessLauncher({ ...node, env: { ...env, ...pathBaseEnv(configFile, rootDir) } }, rootDir)
  return (config) => {
    switch (config.runtime) {
      case 'external':
        return createExternalLauncher()
      case 'command':
        return createCommandLauncher({
          ...node,
          guard: path.join(rootDir, 'dist', 'control', 'guard.js'),
          command: config.command ?? [],
          workingDir:
            config.cwd === undefined
              ? rootDir
              : resolveFrom(pathBases(configFile, rootDir), config.cwd),
          host: config.host,
          port: config.port,
          stopSignal: config.stop_signal,
        })
      case 'builtin':
      case 'onnx':
        return ours
      default:
        return config.runtime satisfies never
    }
  }
}

function headlessLauncher(
  node: { execPath: string; env: NodeJS.ProcessEnv },
  rootDir: string,
): Launcher {
  const entry = path.join(rootDir, 'dist', 'backends', 'process.js')
  const launcher = createNodeLauncher({ ...node, entry, cwd: rootDir })
  return createFallbackLauncher(withAndWithoutArena(launcher))
}

/** Why the main port is unavailable, who holds it, and the remedy; null for other errors. */
async function portMessage(
  error: unknown,
  { host, port }: { host: string; port: number },
): Promise<Message | null> {
  const { code, message: reason } = error as NodeJS.ErrnoException
  if (code === undefined || !PORT_FAULTS.includes(code)) return null
  if (port === 0) return message('app.cannot_listen', { host, reason })
  const report = await examinePort({ host, port, reserved: new Set() })
  const sentence = messageIn(report, 'sentence')
  if (report.free_in_s !== null) return message('app.port_closing', { sentence })
  return message(report.holder === null ? 'app.port_refused' : 'app.port_held', { sentence })
}

const PORT_FAULTS = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']
