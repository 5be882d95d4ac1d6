/** Where the control plane keeps what must outlive it: logs, metrics, crash cards, pid files. Never in the checkout. */
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import envPaths from 'env-paths'
import { messageOf } from '../protocol/errors.ts'

/**
 * The folder for state: `SWITCHYARD_STATE_DIR`, else the system's place for it (`$XDG_STATE_HOME/switchyard` on Linux,
 * `~/Library/Logs/switchyard` on macOS, `%LOCALAPPDATA%\switchyard\Log` on Windows).
 */
export function stateDirOf(env: NodeJS.ProcessEnv): string {
  const given = env['SWITCHYARD_STATE_DIR']
  return given === undefined || given === ''
    ? envPaths('switchyard', { suffix: '' }).log
    : path.resolve(given)
}

/** The folders and files in it. */
export function stateLayout(stateDir: string) {
  return {
    logs: path.join(stateDir, 'logs'),
    /** One control plane at a time may write there: each address has its own. */
    metricsOf: (address: ListenAddress) => path.join(stateDir, 'metrics', nameOf(address)),
    eventsOf: (address: ListenAddress) => path.join(stateDir, 'events', `${nameOf(address)}.json`),
    crashes: path.join(stateDir, 'crashes'),
    processes: path.join(stateDir, 'processes'),
    quarantine: path.join(stateDir, 'quarantine.json'),
    running: path.join(stateDir, 'running'),
    token: path.join(stateDir, 'token'),
  }
}

/**
 * Creates the state folder and makes what is below it readable by its owner alone; an earlier version, or another program, may have
 * created it with looser modes. A state folder that exists keeps its own mode: the person may have named a shared one. Returns what
 * could not be changed. Windows has no modes; a profile's folders are private there.
 */
export async function tightenStateDir(stateDir: string): Promise<string[]> {
  if (process.platform === 'win32') return []
  const faults: string[] = []
  const note = (error: unknown) => {
    faults.push(messageOf(error))
  }
  await mkdir(stateDir, { recursive: true, mode: PRIVATE_FOLDER }).catch(note)
  for (const name of STATE_FOLDERS) await tighten(path.join(stateDir, name), note)
  return faults
}

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
const STATE_FOLDERS = ['logs', 'metrics', 'events', 'crashes', 'processes', 'running']

async function tighten(place: string, note: (error: unknown) => void): Promise<void> {
  const stats = await lstat(place).catch(() => null)
  const isFolder = stats?.isDirectory() === true
  // A link is left alone: it may lead to a file outside the state folder.
  if (stats === null || (!isFolder && !stats.isFile())) return
  const mode = isFolder ? PRIVATE_FOLDER : PRIVATE_FILE
  if ((stats.mode & 0o777) !== mode) await chmod(place, mode).catch(note)
  if (!isFolder) return
  for (const name of await readdir(place).catch(() => [])) {
    await tighten(path.join(place, name), note)
  }
}

interface ListenAddress {
  host: string
  port: number
}

/** Two of these cannot listen on one port: the port alone names them, as it did before other hosts had a name of their own. */
const IPV4_HOSTS = ['127.0.0.1', '0.0.0.0']

/** `8765`, `8765-__1` for `::1`. */
function nameOf({ host, port }: ListenAddress): string {
  return IPV4_HOSTS.includes(host) ? String(port) : `${port}-${host.replaceAll(/[^\w.-]/g, '_')}`
}
