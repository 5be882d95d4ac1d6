/** Puts what was found about a port into words: what is the matter, and what to do. Pure. */
import { preview } from '../../protocol/describe.ts'
import type { PortAnswer, PortHolder, PortReport } from '../../protocol/ports.ts'
import { isWithin, type PortRules } from './port_rules.ts'

/** A report before it is in words. `refusal` is the code of Node's error; null when the port is free. */
export interface PortFindings extends Pick<
  PortReport,
  'host' | 'port' | 'verdict' | 'holder' | 'speaks' | 'free_in_s' | 'suggestion'
> {
  refusal: string | null
  rules: PortRules
  platform: NodeJS.Platform
  /** Unix milliseconds. */
  now: number
}

/** The report with its `sentence`, `remedy` and `notes`. */
export function inWords(findings: PortFindings): PortReport {
  const { host, port, verdict, holder, speaks, suggestion } = findings
  const { free_in_s } = findings
  return {
    ...{ host, port, verdict, holder, speaks, free_in_s, suggestion },
    sentence: sentenceOf(findings),
    remedy: remedyOf(findings),
    notes: notesOf(findings),
  }
}

function sentenceOf(findings: PortFindings) {
  const { host, port, verdict, holder, speaks, refusal, rules, now } = findings
  const place = `port ${port} on ${host}`
  switch (verdict) {
    case 'free':
      return `${place} is free`
    case 'in_use':
      if (findings.free_in_s !== null) {
        return `${place} is free in at most ${findings.free_in_s} s: a closed connection still occupies it (TIME_WAIT)`
      }
      return `${place} is held by ${describeHolder(holder, now)}${describeAnswer(speaks)}`
    case 'excluded': {
      const range = rules.excluded.find((one) => isWithin(port, one))
      const span = range === undefined ? 'a range' : `${range.first}-${range.last}, a range`
      return `${place} is in ${span} that Windows keeps for itself, often for Hyper-V, WSL or Docker`
    }
    case 'forbidden':
      return port < rules.unprivilegedFrom
        ? `${place} is refused to this user (${refusal}): ${rules.unprivilegedName}`
        : `${place} is refused to this program (${refusal}) by a rule of the system, such as SELinux, a sandbox or a firewall`
    case 'unavailable_address':
      return refusal === 'EADDRNOTAVAIL'
        ? `${preview(host)} is no address of this machine (${refusal})`
        : `${preview(host)} leads to no address that can be listened on (${refusal})`
  }
}

/** Long enough to recognise a program; the whole command is in the report. */
const COMMAND_SHOWN_MAX = 100

function describeHolder(holder: PortHolder | null, now: number): string {
  if (holder === null) return 'a program that cannot be named'
  if (holder.pid === null) {
    const owner = holder.user === null ? '' : ` of user ${holder.user}`
    const why = holder.reason === null ? '' : ` (${holder.reason})`
    return `a program${owner} that cannot be named${why}`
  }
  const { pid, command, started_at, user } = holder
  const shown =
    command !== null && command.length > COMMAND_SHOWN_MAX
      ? `${command.slice(0, COMMAND_SHOWN_MAX)}…`
      : command
  return [
    `process ${pid}`,
    shown === null ? '' : ` (${shown})`,
    user === null ? '' : ` of user ${user}`,
    started_at === null ? '' : `, running for ${duration(now - started_at)}`,
  ].join('')
}

/** `42 s`, `7 min`, `3 h`, `2 d`: the largest unit that is reached. A clock that was set back gives `0 s`. */
function duration(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ] as const
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [1000, 's']
  return `${Math.max(0, Math.floor(ms / size))} ${name}`
}

function describeAnswer(speaks: PortAnswer | null): string {
  switch (speaks?.kind) {
    case undefined:
      return ''
    case 'backend':
      return `; it answers as a backend${speaks.backend === null ? '' : ` ${preview(speaks.backend)}`} (${preview(speaks.status)})`
    case 'websocket':
      return '; it takes WebSockets, but is no backend'
    case 'http':
      return `; it is a web server (HTTP status ${speaks.status_code})`
    case 'silent':
      return `; it answers neither as a backend nor as a web server (${speaks.reason})`
  }
}

function remedyOf({
  host,
  port,
  verdict,
  holder,
  speaks,
  suggestion,
  free_in_s: freeInS,
  rules,
  platform,
}: PortFindings) {
  const other =
    suggestion === null ? 'choose another port' : `choose another port, such as ${suggestion}`
  switch (verdict) {
    case 'free':
      return ''
    case 'in_use': {
      if (freeInS !== null) return `wait, or ${other}`
      const pid = holder?.pid ?? null
      const end = pid === null ? '' : `, or end that program: ${endCommand(pid, platform)}`
      const keep =
        speaks?.kind === 'backend' ? ', or let it run and set runtime: external in its section' : ''
      return `${other}${end}${keep}`
    }
    case 'excluded':
      return `${other}, or see the ranges: netsh int ipv4 show excludedportrange protocol=tcp`
    case 'forbidden':
      return port < rules.unprivilegedFrom ? other : `${other}, or allow it in the system's rules`
    case 'unavailable_address':
      return `set host to localhost, 0.0.0.0 or an address of this machine instead of ${preview(host)}`
  }
}

const endCommand = (pid: number, platform: NodeJS.Platform) =>
  platform === 'win32' ? `taskkill /PID ${pid}` : `kill ${pid}`

function notesOf({ port, rules }: PortFindings): string[] {
  const { outgoing, reserved } = rules
  const isReserved = reserved.some((range) => isWithin(port, range))
  if (isReserved) {
    return [
      `port ${port} is listed in net.ipv4.ip_local_reserved_ports: somebody keeps it for a service`,
    ]
  }
  if (outgoing === null || !isWithin(port, outgoing)) return []
  return [
    `port ${port} is within ${outgoing.first}-${outgoing.last} (net.ipv4.ip_local_port_range), from which the system takes ports for outgoing connections: it may be in use by chance`,
  ]
}
