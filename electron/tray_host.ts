/** Whether the desktop shows tray icons. Electron does not report it: its icon is then silently missing (tray_icon_linux.cc). */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunProgram } from '../control/processes/process_reader.ts'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const PROPERTY = 'IsStatusNotifierHostRegistered'

const POLL_MS = 500

/** One of systemd, one of GLib. */
const QUESTIONS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['busctl', '--user', 'get-property', WATCHER, '/StatusNotifierWatcher', WATCHER, PROPERTY],
  [
    ...(['gdbus', 'call', '--session', '--dest', WATCHER] as const),
    ...['--object-path', '/StatusNotifierWatcher'],
    ...['--method', 'org.freedesktop.DBus.Properties.Get', WATCHER, PROPERTY],
  ],
]

export interface TrayHostOptions {
  platform: NodeJS.Platform
  run: RunProgram
  env: NodeJS.ProcessEnv
  /** At login the desktop may start its own parts later, and an icon that comes too early never shows. */
  waitMs: number
}

/** Never rejects. */
export async function hasTrayHost(options: TrayHostOptions): Promise<boolean> {
  if (options.platform !== 'linux') return true
  const deadline = performance.now() + options.waitMs
  while (!(await isRegistered(options))) {
    if (performance.now() >= deadline) return false
    await delay(POLL_MS)
  }
  return true
}

/** https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/ No answer counts as no. */
async function isRegistered({ run, env }: TrayHostOptions): Promise<boolean> {
  for (const [program, ...args] of QUESTIONS) {
    const answer = await run(program, args, env).catch(() => '')
    if (/\btrue\b/.test(answer)) return true
  }
  return false
}
