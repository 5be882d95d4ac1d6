/** Parses the output of `lsof -F` and `ps` on macOS. Formats: lsof(8), OUTPUT FOR OTHER PROGRAMS, and ps(1). */

export interface LsofSocket {
  pid: number
  user: string | null
  address: string
  port: number
}

/**
 * Parses `lsof -nP -iTCP -FpcLn`, whose lines start with a field letter. `p` starts a process; its `c` and `L` apply to
 * the following `n` lines: `127.0.0.1:8768`, `*:8768`, `[::1]:8768`. For a connection, `->` and the remote end follow.
 */
export function parseLsof(text: string): LsofSocket[] {
  const sockets: LsofSocket[] = []
  let pid: number | null = null
  let user: string | null = null
  for (const line of text.split('\n')) {
    const [field, value] = [line.charAt(0), line.slice(1)]
    if (field === 'p') {
      pid = /^\d+$/.test(value) ? Number(value) : null
      user = null
    } else if (field === 'L') {
      user = value
    } else if (field === 'n' && pid !== null) {
      const place = /^(\*|\[[0-9a-fA-F:.%\w]+\]|[0-9.]+):(\d+)(?:->|$)/.exec(value)
      if (place === null) continue
      const [, address = '', port = ''] = place
      sockets.push({ pid, user, address: address.replace(/^\[|\]$/g, ''), port: Number(port) })
    }
  }
  return sockets
}

export interface PsLine {
  runningMs: number
  command: string
}

/** Parses `ps -o etime=,command= -p PID`: `[[days-]hours:]minutes:seconds`, then the command; null for other text. */
export function parsePsLine(text: string): PsLine | null {
  const match = /^\s*(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)\s+(\S.*?)\s*$/m.exec(text)
  if (match === null) return null
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', command = ''] = match
  const all = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
  return { runningMs: all * 1000, command }
}
