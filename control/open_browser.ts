/** Opens an address in the user's browser; where that cannot be done, the printed address has to do. */
import { spawn } from 'node:child_process'

const COMMANDS: Partial<Record<NodeJS.Platform, { command: string; args: string[] }>> = {
  darwin: { command: 'open', args: [] },
  win32: { command: 'rundll32', args: ['url.dll,FileProtocolHandler'] },
  linux: { command: 'xdg-open', args: [] },
}

export function openInBrowser(url: string): void {
  const opener = COMMANDS[process.platform]
  if (opener === undefined) return
  const hasDisplay = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined
  if (process.platform === 'linux' && !hasDisplay) return
  const child = spawn(opener.command, [...opener.args, url], { stdio: 'ignore', detached: true })
  // No such program: the address stands in the terminal.
  child.on('error', () => undefined)
  child.unref()
}
