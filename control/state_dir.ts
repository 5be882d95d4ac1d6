/** Folder for state that survives restarts: logs, metrics, crash cards, pid files. Never in the checkout. */
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import envPaths from 'env-paths'
import { messageOf } from '../protocol/errors.ts'

/**
 * `SWITCHYARD_STATE_DIR`, else the platform's default: `$XDG_STATE_HOME/switchyard` on Linux,
 * `~/Library/Logs/switchyard` on macOS, `%LOCALAPPDATA%\switchyard\Log` on Windows.
 */
export function stateDirOf(env: NodeJS.ProcessEnv): string {
  const given = env['SWITCHYARD_STATE_DIR']
  return given === undefined || given === ''
    ? envPaths('switchyard', { suffix: '' }).log
    : path.resolve(given)
}

export function stateLayout(stateDir: string) {
  return {
    logs: path.join(stateDir, 'logs'),
    /** Per address, since only one control plane at a time may write there. */
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
 * Creates the state folder and restricts its content to the owner, since older versions or other programs may have used
 * wider permissions. An existing folder keeps its own mode: it may be shared on purpose. Returns what could not be
 * changed. Skipped on Windows, where profile folders are private.
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
  // A link is left alone: it may point outside the state folder.
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

/** Two of these cannot share a port, so the port alone identifies them, as in earlier versions. */
const IPV4_HOSTS = ['127.0.0.1', '0.0.0.0']

function nameOf({ host, port }: ListenAddress): string {
  return IPV4_HOSTS.includes(host) ? String(port) : `${port}-${host.replaceAll(/[^\w.-]/g, '_')}`
}
