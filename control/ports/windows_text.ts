/** Parses the output of netstat, netsh and PowerShell in any system language. */
import { z } from 'zod'
import type { PortRange } from './proc_text.ts'

export interface NetstatSocket {
  address: string
  port: number
  isListening: boolean
  pid: number
}

/** TCP lines of `netstat -ano`. The state is localized, so a listener is recognized by its remote port 0. */
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

/** Lines of two numbers of `netsh int ipv4 show excludedportrange protocol=tcp`; `*` marks the administrator's ranges. */
export function parseExcludedRanges(text: string): PortRange[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s*\*?\s*$/.exec(line)
    return match === null ? [] : [{ first: Number(match[1]), last: Number(match[2]) }]
  })
}

const windowsProcessSchema = z.object({
  name: z.string().nullable(),
  /** null without permission. */
  command: z.string().nullable(),
  created: z.number().nullable(),
  user: z.string().nullable(),
})
export type WindowsProcess = z.infer<typeof windowsProcessSchema>

/** null when the process does not exist, or the output is invalid. */
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

/** PowerShell 5.1 and later. Contains no double quotes, which the layers before PowerShell would interpret. */
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
