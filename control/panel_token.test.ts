/** The token at runtime: real processes with a separate state folder. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  endStarted,
  freePort,
  startNode,
  temporaryConfig,
  until,
  type RunningProcess,
} from '../testing/processes.ts'
import { connect, type WireClient } from '../testing/wire_client.ts'

let stateDir: string
let config: ReturnType<typeof temporaryConfig>
beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'panel-token-'))
  config = temporaryConfig('model_backends: {}\n')
})
afterEach(async () => {
  await endStarted()
  config.remove()
  rmSync(stateDir, { recursive: true, force: true })
})

interface Started {
  process: RunningProcess
  http: string
  token: string
}

async function start(port = 0): Promise<Started> {
  const process = startNode(
    [
      'scripts/start.mjs',
      '--headless',
      '--no-open',
      '--port',
      String(port),
      '--config',
      config.file,
    ],
    { SWITCHYARD_STATE_DIR: stateDir },
  )
  const [, http = '', token = ''] = await process.waitFor(/Panel: (http:\S+)\/\?token=(\S+)/)
  return { process, http, token }
}

async function stop({ process }: Started): Promise<void> {
  process.signal('SIGTERM')
  await process.exited
}

async function keyOf({ http, token }: Started): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${http}/session`, { headers })
  return ((await answer.json()) as { key: string }).key
}

const controlWith = ({ http }: Started, key: string): Promise<WireClient> =>
  connect(`${http.replace('http', 'ws')}/control`, {
    protocols: ['switchyard', `switchyard.key.${key}`],
    origin: http,
  })

const cli = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/switchyard.mjs', ...args], {
    encoding: 'utf8',
    env: { ...process.env, SWITCHYARD_STATE_DIR: stateDir },
  })

describe('the token', () => {
  it('and the keys of pages outlive a restart', async () => {
    const port = await freePort()
    const before = await start(port)
    const key = await keyOf(before)
    await stop(before)
    const after = await start(port)
    expect(after.token).toBe(before.token)
    const control = await controlWith(after, key)
    expect(await control.next()).toMatchObject({ event: 'snapshot' })
    await control.close()
  })

  it.skipIf(process.platform === 'win32')(
    'is replaced at the start, with the reason, when others could read it',
    async () => {
      const before = await start()
      await stop(before)
      chmodSync(path.join(stateDir, 'token'), 0o644)
      const after = await start()
      expect(after.token).not.toBe(before.token)
      await after.process.waitFor(
        /token file \S+ could be read or written by other users \(mode 0644\)/,
      )
    },
  )

  it('that is replaced by a page signs out all others, and the page goes on with its new key', async () => {
    const panel = await start()
    const key = await keyOf(panel)
    const [own, other] = [await controlWith(panel, key), await controlWith(panel, key)]
    await own.next()
    own.send({ id: 1, method: 'token.replace', params: {} })
    let reply = await own.next()
    while (reply.id !== 1) reply = await own.next()
    expect((await own.closed).code).toBe(4401)
    expect((await other.closed).code).toBe(4401)
    await expect(controlWith(panel, key)).rejects.toThrow('401')
    const next = await controlWith(panel, (reply.result as { key: string }).key)
    expect(await next.next()).toMatchObject({ event: 'snapshot' })
    await next.close()
    await panel.process.waitFor(/token of the panel was replaced/)
  })

  it('that the command line replaces is in force in every panel of the state folder', async () => {
    const panels = [await start(), await start()]
    expect(new Set(panels.map(({ token }) => token)).size).toBe(1)
    const keys = await Promise.all(panels.map(keyOf))
    const [first] = panels
    const { status, stdout } = cli('token', 'replace', '--port', new URL(first?.http ?? '').port)
    expect(status).toBe(0)
    const token = /\?token=(\S+)/.exec(stdout)?.[1] ?? ''
    expect(token).not.toBe(first?.token)
    for (const [index, panel] of panels.entries()) {
      await until('the new token counts', async () => {
        const headers = { authorization: `Bearer ${token}` }
        return (await fetch(`${panel.http}/session`, { headers })).status === 200
      })
      await expect(controlWith(panel, keys[index] ?? '')).rejects.toThrow('401')
    }
    expect(cli('token', 'show', '--port', new URL(first?.http ?? '').port).stdout).toContain(token)
  }, 120_000)

  it('can be replaced while no panel runs', async () => {
    const before = await start()
    await stop(before)
    expect(cli('token', 'replace').status).toBe(0)
    const after = await start()
    expect(after.token).not.toBe(before.token)
    expect(cli('token').status).toBe(2)
  }, 120_000)
})

it.skipIf(process.platform === 'win32')(
  'all that lies in the state folder is private',
  async () => {
    const panel = await start()
    await stop(panel)
    const walk = (folder: string): string[] =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const place = path.join(folder, entry.name)
        const mode = statSync(place).mode & 0o777
        const own =
          mode === (entry.isDirectory() ? 0o700 : 0o600) ? [] : [`${place} ${mode.toString(8)}`]
        return [...own, ...(entry.isDirectory() ? walk(place) : [])]
      })
    expect(readdirSync(stateDir)).toContain('token')
    expect(walk(stateDir)).toEqual([])
  },
)

const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

it.runIf(hasTerminal)(
  'the browser is started with a code that works once, never with the token',
  async () => {
    const opener = path.join(stateDir, 'bin', 'xdg-open')
    const opened = path.join(stateDir, 'opened')
    spawnSync('mkdir', ['-p', path.dirname(opener)])
    writeFileSync(
      opener,
      `#!/bin/sh\nprintf '%s' "$*" > ${opened}.part && mv ${opened}.part ${opened}\n`,
    )
    chmodSync(opener, 0o755)
    const command = `${process.execPath} scripts/start.mjs --headless --port 0 --config ${config.file}`
    const terminal = startNode(
      [
        '-e',
        `const { spawn } = require('node:child_process')
       const child = spawn('script', ['-qefc', ${JSON.stringify(command)}, '/dev/null'], { stdio: 'inherit' })
       child.on('exit', (code) => process.exit(code ?? 0))
       process.on('SIGTERM', () => child.kill('SIGTERM'))`,
      ],
      {
        SWITCHYARD_STATE_DIR: stateDir,
        DISPLAY: ':99',
        PATH: `${path.dirname(opener)}:${process.env['PATH'] ?? ''}`,
      },
    )
    const [, http = '', token = ''] = await terminal.waitFor(/Panel: (http:\S+)\/\?token=(\S+)/)
    const argument = await until('the browser is started', () => {
      try {
        return readFileSync(opened, 'utf8')
      } catch {
        return null
      }
    })
    const [, code = ''] = /^http:\/\/127\.0\.0\.1:\d+\/\?code=([\w-]+)$/.exec(argument) ?? []
    expect(code).not.toBe('')
    expect(argument).not.toContain(token)
    const headers = { authorization: `Bearer ${code}` }
    expect((await fetch(`${http}/session`, { headers })).status).toBe(200)
    expect((await fetch(`${http}/session`, { headers })).status).toBe(401)
  },
)
