/** What remains of a backend after a stop, a crash and a kill of the control plane: real start scripts, daemons and users. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { freePort, isAlive, until } from '../testing/processes.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'stop-'))
  writeFileSync(file('server.cjs'), SERVER)
})
afterEach(async () => {
  await endPanels()
  const pid = pidIn('daemon')
  if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string) => path.join(folder, name)

/** Records its pid and its graceful stop, which takes a moment. `stubborn` ignores it. */
const SERVER = `
const { writeFileSync } = require('node:fs')
const [, , note, manner] = process.argv
process.on('SIGTERM', () => {
  if (manner === 'stubborn') return
  setTimeout(() => {
    writeFileSync(note, 'index saved')
    process.exit(0)
  }, 300)
})
writeFileSync(note + '.pid', String(process.pid))
setInterval(() => undefined, 1000)
`
const server = (name: string, manner = 'orderly') =>
  `${process.execPath} ${file('server.cjs')} ${file(name)} ${manner}`

function pidIn(name: string): number | null {
  const note = file(`${name}.pid`)
  return existsSync(note) ? Number(readFileSync(note, 'utf8')) : null
}
const started = (name: string) => until(`${name} to run`, () => pidIn(name))
const gone = (pid: number) => until(`pid ${pid} to be gone`, () => !isAlive(pid))
const noteOf = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : null)

async function startScript(script: string, more = ''): Promise<Panel> {
  const command = JSON.stringify(['sh', '-c', script])
  const section = `    enabled: true\n    runtime: command\n    command: ${command}\n    port: ${await freePort()}\n`
  return startHeadless(`model_backends:\n  one:\n${section}${more}`)
}

async function stopped(panel: Panel): Promise<string> {
  await panel.call('backends.stop', { name: 'one' })
  const view = await panel.backendWhere(({ state }) => state === 'disabled')
  return view.last_stop?.sentence ?? ''
}

describe.skipIf(process.platform === 'win32')('a start script', () => {
  it.each([
    ['without exec', (line: string) => `${line}; echo over`],
    ['that chains commands', (line: string) => `true && ${line} && true`],
    ['in a script', (line: string) => `bash -c '${line}; true'; true`],
  ])('%s: the server behind it stops in order', async (_what, scriptOf) => {
    const panel = await startScript(scriptOf(server('main')))
    const pid = await started('main')
    await stopped(panel)
    expect(noteOf('main')).toBe('index saved')
    expect(isAlive(pid)).toBe(false)
  })
})

const DAEMONS: [string, (line: string) => string][] = [
  ['setsid and a double fork', (line) => `setsid sh -c '${line} > /dev/null 2>&1 &'`],
  ['nohup', (line) => `nohup ${line} > /dev/null 2>&1 &`],
  ['a separate session that holds the pipes', (line) => `setsid ${line} &`],
]

describe.skipIf(process.platform !== 'linux')('a daemon', () => {
  it.each(DAEMONS)('by %s ends with its backend', async (_what, daemonise) => {
    const panel = await startScript(`${daemonise(server('daemon'))}\n${server('main')}`)
    const [daemon] = await Promise.all([started('daemon'), started('main')])
    const sentence = await stopped(panel)
    expect(isAlive(daemon)).toBe(false)
    expect([noteOf('daemon'), noteOf('main')]).toEqual(['index saved', 'index saved'])
    expect(sentence).not.toContain('still runs')
  })

  const [, setsid = () => ''] = DAEMONS[0] ?? []

  it('ends with Switchyard', async () => {
    const panel = await startScript(`${setsid(server('daemon'))}\n${server('main')}`)
    const [daemon] = await Promise.all([started('daemon'), started('main')])
    panel.process.signal('SIGTERM')
    expect(await panel.process.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(daemon)).toBe(false)
    expect(noteOf('daemon')).toBe('index saved')
  })

  it('ends when its backend crashes', async () => {
    await startScript(
      `${setsid(server('daemon'))}\nexec ${server('main')}`,
      '    max_reconnect_attempts: 0\n',
    )
    const [daemon, main] = await Promise.all([started('daemon'), started('main')])
    process.kill(main, 'SIGKILL')
    await gone(daemon)
    expect(noteOf('daemon')).toBe('index saved')
  })

  it('that does not listen is killed', async () => {
    const panel = await startScript(
      `${setsid(server('daemon', 'stubborn'))}\n${server('main')}`,
      '    stop_timeout: 1\n',
    )
    const [daemon] = await Promise.all([started('daemon'), started('main')])
    await stopped(panel)
    expect(isAlive(daemon)).toBe(false)
  })

  it('that does not listen is killed by the second signal', async () => {
    const panel = await startScript(
      `${setsid(server('daemon', 'stubborn'))}\n${server('main')}`,
      '    stop_timeout: 600\n',
    )
    const [daemon, main] = await Promise.all([started('daemon'), started('main')])
    panel.process.signal('SIGINT')
    await gone(main)
    panel.process.signal('SIGTERM')
    expect(await panel.process.exited).toEqual({ code: 143, signal: null })
    await gone(daemon)
  })

  it('that outlived a killed Switchyard is ended by the next one', async () => {
    const first = await startScript(`${setsid(server('daemon'))}\n${server('main')}`)
    const [daemon, main] = await Promise.all([started('daemon'), started('main')])
    first.process.signal('SIGKILL')
    await first.process.exited
    await gone(main)
    expect(isAlive(daemon)).toBe(true)
    await startHeadless('model_backends: {}\n')
    await gone(daemon)
  })
})

it.skipIf(process.platform === 'win32')(
  'an idle program that does not listen delays the exit by its grace, not by request_timeout',
  async () => {
    const panel = await startScript(
      `exec ${server('main', 'stubborn')}`,
      '    request_timeout: 3600\n    stop_timeout: 1\n',
    )
    const pid = await started('main')
    panel.process.signal('SIGTERM')
    expect(await panel.process.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(pid)).toBe(false)
    expect(panel.process.output()).toContain('did not exit within 1 s after it was asked to stop')
  },
)
