import { CommanderError } from '@commander-js/extra-typings'
import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import type { LogLine } from '../protocol/control.ts'
import { message, type Message } from '../protocol/messages.ts'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import { indentLines } from '../protocol/printable.ts'
import { Endings, watchProcess } from './endings.ts'
import type { ControlPlane } from './plane.ts'
import { readFlags } from './headless_flags.ts'
import { StartError, startPlane, type RunningPlane } from './start_plane.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** Serves the panel until SIGINT or SIGTERM; prints `Panel: <address>` when it is ready. */
export async function runHeadless(given: {
  argv: string[]
  rootDir: string
  /** Why there is no desktop window; null when none was wanted. */
  noWindow: Message | null
}): Promise<void> {
  const terminal = openTerminal()
  const endings = new Endings({
    terminal,
    exit: (code) => process.exit(code),
    now: () => performance.now(),
  })
  let warn = (message: string) => {
    terminal.note(message)
  }
  watchProcess(endings, (message) => {
    warn(message)
  })
  let flags: ReturnType<typeof readFlags>
  try {
    flags = readFlags(given.argv, given.rootDir, terminal)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) process.exitCode = EXIT_CODES.usage
    return
  }
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      endings.asked(signal)
    })
  }
  let running: RunningPlane
  try {
    const { rootDir, noWindow: reason } = given
    const shellNotice = reason === null ? null : message('app.no_window', { reason })
    running = await startPlane({ ...flags, rootDir, shellNotice })
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    terminal.note(error.message)
    await terminal.flush()
    process.exit(error.exitCode)
  }
  const { plane } = running
  mirrorLogs(plane, terminal)
  warn = (message) => {
    plane.logs.say('warn', message)
  }
  endings.opened({
    close: () => running.close(),
    kill: () => {
      running.kill()
    },
    report: (message) => {
      plane.logs.say('error', message)
    },
  })
  terminal.print(`Panel: ${running.server.url}`)
  if (flags.open) openInBrowser(running.server.createOpeningUrl())
}

/** SIGHUP: the terminal was closed. Unhandled, it would end the control plane and kill its backends. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Only the control plane's own lines; the panel shows those of the backends. */
function mirrorLogs({ logs }: ControlPlane, terminal: Terminal): void {
  const print = ({ time, level, source, message }: LogLine) => {
    if (source !== 'supervisor' || level === 'debug') return
    const clock = new Date(time).toTimeString().slice(0, 8)
    terminal.note(`${clock} ${level.toUpperCase().padEnd(5)} ${indentLines(message)}`)
  }
  // Lines logged during the start, such as a rejected configuration.
  for (const line of logs.store.query({}, STARTING_LINES_MAX).lines) print(line)
  logs.store.follow(print)
}

const STARTING_LINES_MAX = 1000

const OPENERS: Partial<Record<NodeJS.Platform, { command: string; args: string[] }>> = {
  darwin: { command: 'open', args: [] },
  win32: { command: 'rundll32', args: ['url.dll,FileProtocolHandler'] },
  linux: { command: 'xdg-open', args: [] },
}

function openInBrowser(url: string): void {
  const opener = OPENERS[process.platform]
  if (opener === undefined) return
  const hasDisplay = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined
  if (process.platform === 'linux' && !hasDisplay) return
  const child = spawn(opener.command, [...opener.args, url], { stdio: 'ignore', detached: true })
  // No such program: the terminal shows the address.
  child.on('error', () => undefined)
  child.unref()
}
