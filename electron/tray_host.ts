/** Whether the desktop shows tray icons. Electron does not report it: its icon is then silently missing (tray_icon_linux.cc). */
import type { RunProgram } from '../control/processes/process_reader.ts'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const PROPERTY = 'IsStatusNotifierHostRegistered'

/** One of systemd, one of GLib. */
const QUESTIONS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['busctl', '--user', 'get-property', WATCHER, '/StatusNotifierWatcher', WATCHER, PROPERTY],
  [
    ...(['gdbus', 'call', '--session', '--dest', WATCHER] as const),
    ...['--object-path', '/StatusNotifierWatcher'],
    ...['--method', 'org.freedesktop.DBus.Properties.Get', WATCHER, PROPERTY],
  ],
]

/** https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/ No answer counts as no. Never rejects. */
export async function hasTrayHost(
  platform: NodeJS.Platform,
  run: RunProgram,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  if (platform !== 'linux') return true
  for (const [program, ...args] of QUESTIONS) {
    const answer = await run(program, args, env).catch(() => '')
    if (/\btrue\b/.test(answer)) return true
  }
  return false
}
