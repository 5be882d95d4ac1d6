import {
  asText,
  joined,
  message,
  messageIn,
  quoted,
  type Message,
} from '../../protocol/messages.ts'
import { preview } from '../../protocol/describe.ts'
import type { PortAnswer, PortHolder, PortReport } from '../../protocol/ports.ts'
import { isWithin, type PortRules } from './port_rules.ts'

/** `refusal` is the code of Node's error; null when the port is free. */
export interface PortFindings extends Pick<
  PortReport,
  'host' | 'port' | 'verdict' | 'holder' | 'speaks' | 'free_in_s' | 'suggestion'
> {
  refusal: string | null
  rules: PortRules
  platform: NodeJS.Platform
  now: number
}

export function reportOf(findings: PortFindings): PortReport {
  const { host, port, verdict, holder, speaks, free_in_s, suggestion } = findings
  return {
    ...{ host, port, verdict, holder, speaks, free_in_s, suggestion },
    ...asText({
      sentence: sentenceOf(findings),
      remedy: remedyOf(findings),
      notes: notesOf(findings),
    }),
  }
}

function sentenceOf(findings: PortFindings): Message {
  const { host, port, verdict, holder, speaks, rules, now, free_in_s: seconds } = findings
  const place = { port, host }
  const code = findings.refusal ?? ''
  switch (verdict) {
    case 'free':
      return message('port.free', place)
    case 'in_use':
      if (seconds !== null) return message('port.closing', { ...place, seconds })
      return joined(
        message('port.in_use', { ...place, holder: holderName(holder, now) }),
        speaks === null ? null : answerMessage(speaks),
      )
    case 'excluded': {
      const alone = { first: port, last: port }
      const { first, last } = rules.excluded.find((one) => isWithin(port, one)) ?? alone
      return message('port.excluded', { ...place, first, last })
    }
    case 'forbidden': {
      const { unprivilegedFrom: first, unprivilegedSetting: setting } = rules
      return port < first
        ? message('port.privileged', { ...place, code, first, setting })
        : message('port.forbidden', { ...place, code })
    }
    case 'unavailable_address':
      return message(code === 'EADDRNOTAVAIL' ? 'port.no_address' : 'port.unresolved', {
        host: preview(host),
        code,
      })
  }
}

/** Enough to recognize a program; the report has the whole command. */
const COMMAND_SHOWN_MAX = 100

function holderName(holder: PortHolder | null, now: number): Message {
  if (holder === null) return message('holder.unknown')
  const { pid, command, started_at: startedAt, user } = holder
  if (pid === null) {
    const name = user === null ? message('holder.unknown') : message('holder.unknown_of', { user })
    const reason = messageIn(holder, 'reason')
    return reason === null ? name : message('holder.because', { holder: name, reason })
  }
  if (command === null) return message('holder.pid', { pid })
  const isLong = command.length > COMMAND_SHOWN_MAX
  const shown = isLong ? `${command.slice(0, COMMAND_SHOWN_MAX)}…` : command
  const name =
    user === null
      ? message('holder.program', { command: shown, pid })
      : message('holder.program_of', { command: shown, pid, user })
  if (startedAt === null) return name
  return message('holder.running', { holder: name, duration: durationOf(now - startedAt) })
}

/** `python3 (pid 9321)`, without its path. */
export function programName(holder: Pick<PortHolder, 'pid' | 'command'> | null): Message {
  if (holder === null || holder.pid === null) return message('holder.another')
  const [, quotedFile, file = ''] = /^(?:"([^"]+)"|(\S+))/.exec(holder.command ?? '') ?? []
  const command = (quotedFile ?? file).replace(/^.*[\\/]/, '')
  return command === ''
    ? message('holder.pid', { pid: holder.pid })
    : message('holder.program', { command, pid: holder.pid })
}

/** `42 s`, `7 min`, `3 h`, `2 d`, in the largest unit; `0 s` after a clock was set back. */
function durationOf(ms: number): Message {
  const [size, code] = UNITS.find(([unit]) => ms >= unit) ?? SECOND
  return message(code, { count: Math.max(0, Math.floor(ms / size)) })
}

const SECOND = [1000, 'duration.seconds'] as const
const UNITS = [
  [86_400_000, 'duration.days'],
  [3_600_000, 'duration.hours'],
  [60_000, 'duration.minutes'],
] as const

function answerMessage(speaks: PortAnswer): Message {
  switch (speaks.kind) {
    case 'backend': {
      const status = preview(speaks.status)
      return speaks.backend === null
        ? message('answer.nameless', { status })
        : message('answer.backend', { name: preview(speaks.backend), status })
    }
    case 'websocket':
      return message('answer.websocket')
    case 'http':
      return message('answer.http', { status: speaks.status_code })
    case 'silent':
      return message('answer.silent', { reason: messageIn(speaks, 'reason') })
  }
}

function remedyOf(findings: PortFindings): Message {
  const { host, port, verdict, holder, speaks, suggestion, rules, platform } = findings
  const other =
    suggestion === null ? message('port.set_any') : message('port.set_free', { port: suggestion })
  switch (verdict) {
    case 'free':
      return quoted('')
    case 'in_use': {
      if (findings.free_in_s !== null) return joined(other, message('port.or_wait'))
      const pid = holder?.pid ?? null
      const command = platform === 'win32' ? `taskkill /PID ${pid}` : `kill ${pid}`
      return joined(
        other,
        pid === null ? null : message('port.or_stop', { command }),
        speaks?.kind === 'backend' ? message('port.or_external') : null,
      )
    }
    case 'excluded':
      return joined(other, message('port.or_ranges'))
    case 'forbidden':
      return port < rules.unprivilegedFrom ? other : joined(other, message('port.or_allow'))
    case 'unavailable_address':
      return message('port.set_host', { host: preview(host) })
  }
}

function notesOf({ port, rules: { outgoing, reserved } }: PortFindings): Message[] {
  if (reserved.some((range) => isWithin(port, range))) return [message('port.reserved', { port })]
  if (outgoing === null || !isWithin(port, outgoing)) return []
  return [message('port.outgoing', { port, ...outgoing })]
}
