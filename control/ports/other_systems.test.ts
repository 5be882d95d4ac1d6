/** The port doctor on other systems, with program output from the vendors' documentation. */
import { describe, expect, it } from 'vitest'
import { portReportSchema, type PortReport } from '../../protocol/ports.ts'
import { examinePort } from './examine_port.ts'
import type { PortIo } from './port_io.ts'

const NOW = Date.UTC(2026, 0, 2, 12)

/** A fake machine: `refusals` are error codes by port, `programs` the output of each program. */
function machine(given: {
  refusals: Record<number, string>
  programs?: Record<string, string>
  files?: Record<string, string>
}): PortIo & { commands: string[] } {
  const commands: string[] = []
  const missing = (name: string) =>
    Promise.reject(Object.assign(new Error(`${name} is missing`), { code: 'ENOENT' }))
  return {
    commands,
    resolve: (host) => Promise.resolve(host === 'localhost' ? '127.0.0.1' : host),
    tryBind: (_address, port) => Promise.resolve(given.refusals[port] ?? null),
    ask: () => Promise.resolve({ kind: 'http', status_code: 200 }),
    readText: (file) => {
      const text = given.files?.[file]
      return text === undefined ? missing(file) : Promise.resolve(text)
    },
    readLink: missing,
    list: missing,
    run: (program, args) => {
      const command = `${program} ${args.join(' ')}`
      commands.push(command)
      const known = Object.entries(given.programs ?? {}).find(([part]) => command.includes(part))
      return Promise.resolve(
        known === undefined
          ? { stdout: '', failure: 'exit code 1' }
          : { stdout: known[1], failure: null },
      )
    },
    now: () => NOW,
    endianness: 'LE',
    systemRoot: 'C:\\Windows',
  }
}

const examine = async (platform: NodeJS.Platform, port: number, io: PortIo): Promise<PortReport> =>
  portReportSchema.parse(
    await examinePort({ host: 'localhost', port, reserved: new Set([8766, 8767]), platform, io }),
  )

describe('Windows', () => {
  const netstat =
    '  TCP    127.0.0.1:8768    127.0.0.1:50001    WARTEND    0\r\n  TCP    0.0.0.0:8768    0.0.0.0:0    ABHÖREN    4711\r\n'
  const started = NOW - 3 * 3_600_000
  const told = `{"name":"python.exe","command":"python.exe app.py","created":${started},"user":"PC\\\\alice"}`

  it('names the holder by netstat and PowerShell', async () => {
    const io = machine({
      refusals: { 8768: 'EADDRINUSE' },
      programs: { 'netstat.exe -ano': netstat, 'powershell.exe': told },
    })
    const report = await examine('win32', 8768, io)
    expect(report).toMatchObject({
      host: 'localhost',
      port: 8768,
      verdict: 'in_use',
      holder: {
        pid: 4711,
        command: 'python.exe app.py',
        started_at: started,
        user: 'PC\\alice',
        reason: null,
      },
      speaks: { kind: 'http', status_code: 200 },
      free_in_s: null,
      suggestion: 8769,
      sentence:
        'Port 8768 on localhost is already in use by python.exe app.py (pid 4711, user PC\\alice), running for 3 h. It is a web server (HTTP status 200).',
      remedy: 'Set another port, such as 8769. Or stop that program: taskkill /PID 4711',
      notes: [],
    })
    expect(io.commands).toContain('C:\\Windows\\System32\\netstat.exe -ano')
  })

  it('reports when the holder is another account, whose command is hidden', async () => {
    const programs = {
      'netstat.exe -ano': netstat,
      'powershell.exe': '{"name":"svc.exe","command":null,"created":null,"user":null}',
    }
    const io = machine({ refusals: { 8768: 'EADDRINUSE' }, programs })
    expect((await examine('win32', 8768, io)).holder).toMatchObject({
      pid: 4711,
      command: 'svc.exe',
      started_at: null,
      user: null,
      reason: expect.stringContaining(
        'does not show svc.exe to this user, because it belongs to another account',
      ) as string,
    })
  })

  it('names the process even without PowerShell', async () => {
    const programs = { 'netstat.exe -ano': netstat }
    const io = machine({ refusals: { 8768: 'EADDRINUSE' }, programs })
    expect((await examine('win32', 8768, io)).holder).toMatchObject({
      pid: 4711,
      command: null,
      reason: 'PowerShell returned nothing about process 4711 (exit code 1)',
    })
  })

  it('distinguishes an excluded range from a holder, and suggests nothing inside one', async () => {
    const ranges = ' 8760   8800\r\n 50000   50059    *\r\n'
    const io = machine({
      refusals: { 8768: 'EACCES', 8801: 'EACCES' },
      programs: { 'int ipv4 show excludedportrange protocol=tcp': ranges },
    })
    const report = await examine('win32', 8768, io)
    expect(report).toMatchObject({ verdict: 'excluded', holder: null, suggestion: 8802 })
    expect(report.sentence).toContain('is within 8760-8800, which Windows reserves')
    expect(report.remedy).toContain('netsh int ipv4 show excludedportrange')
  })

  it('knows that a port which is held for one program alone is refused with EACCES too', async () => {
    const programs = { 'netstat.exe -ano': netstat, 'powershell.exe': told }
    const io = machine({ refusals: { 8768: 'EACCES' }, programs })
    expect(await examine('win32', 8768, io)).toMatchObject({
      verdict: 'in_use',
      holder: { pid: 4711 },
    })
  })

  it('is forbidden when nobody holds it and no range covers it', async () => {
    const report = await examine('win32', 8768, machine({ refusals: { 8768: 'EACCES' } }))
    expect(report).toMatchObject({ verdict: 'forbidden', holder: null, speaks: null })
    expect(report.sentence).toContain('by a rule of the system')
  })
})

describe('macOS', () => {
  const lsof =
    'p900\ncnode\nLalice\nf20\nn127.0.0.1:8768\np812\ncnode\nLalice\nf20\nn127.0.0.1:8768\n'

  it('names the process that began first by lsof and ps', async () => {
    const io = machine({
      refusals: { 8768: 'EADDRINUSE' },
      programs: {
        '-iTCP:8768 -sTCP:LISTEN -FpcLn': lsof,
        '-p 812': '   42:00 node parent.js\n',
        '-p 900': '   41:00 node child.js\n',
      },
    })
    const report = await examine('darwin', 8768, io)
    expect(report.holder).toEqual({
      pid: 812,
      command: 'node parent.js',
      started_at: NOW - 42 * 60_000,
      user: 'alice',
      reason: null,
    })
    expect(report.sentence).toContain('running for 42 min')
  })

  it('reports that lsof shows nothing when the holder is another user', async () => {
    const io = machine({ refusals: { 8768: 'EADDRINUSE' } })
    expect((await examine('darwin', 8768, io)).holder).toMatchObject({
      pid: null,
      user: null,
      reason: expect.stringContaining('sudo lsof -nP -iTCP:8768') as string,
    })
  })

  it('forbids ports below 1024 to users', async () => {
    const report = await examine('darwin', 80, machine({ refusals: { 80: 'EACCES' } }))
    expect(report).toMatchObject({ verdict: 'forbidden', suggestion: 8768 })
    expect(report.sentence).toContain('below 1024 are privileged (root)')
  })
})

describe('Linux', () => {
  const sysctl = '/proc/sys/net/ipv4/'
  const files = {
    [`${sysctl}ip_unprivileged_port_start`]: '1024\n',
    [`${sysctl}ip_local_port_range`]: '32768\t60999\n',
    [`${sysctl}ip_local_reserved_ports`]: '8768-8769,40000\n',
  }

  it('notes that a port may be taken for an outgoing connection', async () => {
    const { verdict, notes } = await examine('linux', 50_000, machine({ refusals: {}, files }))
    expect(verdict).toBe('free')
    expect(notes).toEqual([expect.stringContaining('32768-60999 (net.ipv4.ip_local_port_range)')])
  })

  it('notes that a port is reserved, and suggests none that is', async () => {
    const io = machine({ refusals: { 8768: 'EADDRINUSE' }, files })
    const { suggestion, notes } = await examine('linux', 8768, io)
    expect(suggestion).toBe(8770)
    expect(notes).toEqual([expect.stringContaining('ip_local_reserved_ports')])
  })

  it('reports what it can when no table shows the socket', async () => {
    const io = machine({ refusals: { 8768: 'EADDRINUSE' }, files })
    expect((await examine('linux', 8768, io)).holder).toMatchObject({
      pid: null,
      reason: expect.stringContaining("sudo ss -tanp 'sport = :8768'") as string,
    })
  })

  it('names the account of a socket whose process is in another container', async () => {
    const socket =
      '   0: 0100007F:2240 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 53119 1\n'
    const io = machine({
      refusals: { 8768: 'EADDRINUSE' },
      files: { ...files, '/proc/net/tcp': socket, '/etc/passwd': 'alice:x:1000:1000::/:/bin/sh\n' },
    })
    const report = await examine('linux', 8768, io)
    expect(report.holder).toMatchObject({
      pid: null,
      user: 'alice',
      reason: expect.stringContaining('another container') as string,
    })
    expect(report.sentence).toContain('a program of user alice that cannot be identified')
  })
})

describe('a refusal that is not about the port', () => {
  it('is an error that names its code', async () => {
    const io = machine({ refusals: { 8768: 'EMFILE' } })
    await expect(examine('linux', 8768, io)).rejects.toThrow(
      'Could not listen on port 8768 of localhost (EMFILE).',
    )
  })
})
