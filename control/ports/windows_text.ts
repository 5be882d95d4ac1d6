/** Reads what netstat, netsh and PowerShell print on Windows, in any language of the system. Pure. */
import { z } from 'zod'
import type { PortRange } from './proc_text.ts'

export interface NetstatSocket {
  address: string
  port: number
  isListening: boolean
  pid: number
}

/**
 * TCP lines of `netstat -ano`: protocol, own address, other address, state, pid. The state is a word of the user's language, so that a
 * listening socket is known by the port 0 of its other end.
 */
export function parseNetstat(text: string): NetstatSocket[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*TCP\s+(\S+):(\d+)\s+\S+:(\d+)\s+(?:.*\s)?(\d+)\s*$/.exec(line)
    if (match === null) return []
    const [, address = '', port = '', otherPort = '', pid = ''] = match
    return [
      {
        address: address.replace(/^\[|\]$/g, ''),
        port: Number(port),
        isListening: otherPort === '0',
        pid: Number(pid),
      },
    ]
  })
}

/**
 * Ranges of `netsh int ipv4 show excludedportrange protocol=tcp`: lines of two numbers, the administrator's own with a `*` after them.
 * The heading is in the user's language and has no such line.
 */
export function parseExcludedRanges(text: string): PortRange[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s*\*?\s*$/.exec(line)
    return match === null ? [] : [{ first: Number(match[1]), last: Number(match[2]) }]
  })
}

const windowsProcessSchema = z.object({
  name: z.string().nullable(),
  /** null when the process belongs to another user and we are no administrator. */
  command: z.string().nullable(),
  /** Unix milliseconds. */
  created: z.number().nullable(),
  user: z.string().nullable(),
})
export type WindowsProcess = z.infer<typeof windowsProcessSchema>

/** The answer of `windowsProcessScript`; null when there is no such process, or PowerShell wrote something else. */
export function parseWindowsProcess(text: string): WindowsProcess | null {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  } catch {
    return null
  }
  const parsed = windowsProcessSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}

/**
 * PowerShell 5.1 and later: one process as JSON. CommandLine, CreationDate and GetOwner are those of the CIM class Win32_Process. The
 * script has no double quotes, which the two layers between us and PowerShell would each read in their own way.
 */
export const windowsProcessScript = (pid: number) =>
  [
    `$ErrorActionPreference = 'SilentlyContinue'`,
    `[Console]::OutputEncoding = [Text.Encoding]::UTF8`,
    `$p = Get-CimInstance Win32_Process -Filter 'ProcessId = ${pid}'`,
    `if (-not $p) { exit }`,
    `$o = Invoke-CimMethod -InputObject $p -MethodName GetOwner`,
    `$u = $null`,
    `if ($o.User) { $u = $o.Domain + '\\' + $o.User }`,
    `$c = $null`,
    `if ($p.CreationDate) { $c = ([DateTimeOffset]$p.CreationDate).ToUnixTimeMilliseconds() }`,
    `@{ name = $p.Name; command = $p.CommandLine; created = $c; user = $u } | ConvertTo-Json -Compress`,
  ].join('; ')
