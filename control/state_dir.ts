/** Where the control plane keeps what must outlive it: logs, metrics, crash cards, ledgers. Never in the checkout. */
import path from 'node:path'
import envPaths from 'env-paths'

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
    /** One control plane at a time may write there: each port has its own. */
    metricsOf: (port: number) => path.join(stateDir, 'metrics', String(port)),
    eventsOf: (port: number) => path.join(stateDir, 'events', `${port}.json`),
    crashes: path.join(stateDir, 'crashes'),
    processes: path.join(stateDir, 'processes'),
    quarantine: path.join(stateDir, 'quarantine.json'),
    running: path.join(stateDir, 'running'),
  }
}
