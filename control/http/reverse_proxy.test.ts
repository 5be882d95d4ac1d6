/** Debian's nginx with the very text of docs/reverse-proxy.md before a real Switchyard: on free ports, with a certificate of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  endStarted,
  freePort,
  ROOT_DIR,
  startNode,
  temporaryConfig,
  until,
} from '../../testing/processes.ts'
import { connect } from '../../testing/wire_client.ts'

const NGINX = '/usr/sbin/nginx'
const hasNginx = existsSync(NGINX) && spawnSync('openssl', ['version']).status === 0
if (!hasNginx) console.warn(`reverse_proxy.test.ts is skipped: ${NGINX} or openssl is missing`)

const START_MS_MAX = 120_000
let folder: string
let config: ReturnType<typeof temporaryConfig>
let nginx: ChildProcess
let token: string
/** Of nginx: as the document has it, and with nginx's own Host and no headers of a proxy. */
let ports: { documented: number; plain: number }

beforeAll(async () => {
  if (!hasNginx) return
  folder = mkdtempSync(path.join(tmpdir(), 'nginx-'))
  config = temporaryConfig('model_backends:\n  emotion:\n    port: 8768\n')
  const panel = startNode([
    ...['build/start.mjs', '--headless', '--no-open', '--port', '0', '--config', config.file],
    ...['--allow-host', 'ai.example.com'],
  ])
  const printed = await panel.waitFor(/Panel: http:\/\/127\.0\.0\.1:(\d+)\/\?token=(\S+)/)
  token = printed[2] ?? ''
  ports = { documented: await freePort(), plain: await freePort() }
  nginx = startNginx(printed[1] ?? '')
  for (const port of Object.values(ports)) await until('nginx listens', () => canConnect(port))
}, START_MS_MAX)

afterAll(async () => {
  if (!hasNginx) return
  const ended = new Promise((resolve) => nginx.once('close', resolve))
  nginx.kill('SIGTERM')
  await ended
  await endStarted()
  config.remove()
  rmSync(folder, { recursive: true, force: true })
}, START_MS_MAX)

function startNginx(panelPort: string): ChildProcess {
  const [pem, key] = [path.join(folder, 'own.pem'), path.join(folder, 'own.key')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=ai.example.com', '-days', '1', '-keyout', key, '-out', pem],
  ])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  const page = readFileSync(path.join(ROOT_DIR, 'docs', 'reverse-proxy.md'), 'utf8')
  const documented = (/```nginx\n([^]*?)```/.exec(page)?.[1] ?? '')
    .replace('listen 443 ssl', `listen 127.0.0.1:${ports.documented} ssl`)
    .replace('/etc/ssl/certs/ai.example.com.pem', pem)
    .replace('/etc/ssl/private/ai.example.com.key', key)
    .replace('127.0.0.1:8765', `127.0.0.1:${panelPort}`)
  const plain = documented
    .slice(documented.indexOf('server {'))
    .replace(`:${ports.documented} `, `:${ports.plain} `)
    .replace(/^ *proxy_set_header (?:Host|X-Forwarded-\w+) .*\n/gm, '')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const file = path.join(folder, 'nginx.conf')
  writeFileSync(
    file,
    [
      `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;`,
      'events {}',
      `http { access_log off; ${temporary.join(' ')}`,
      documented,
      plain,
      '}',
    ].join('\n'),
  )
  return spawn(NGINX, ['-p', folder, '-e', `${folder}/error.log`, '-c', file], { stdio: 'inherit' })
}

const canConnect = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connectTcp(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })

const hostOf = (port: number) => `ai.example.com:${port}`
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

function get(port: number, address: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const options = {
      ...{ port, path: address, rejectUnauthorized: false },
      headers: { host: hostOf(port), ...headers },
    }
    request({ host: '127.0.0.1', ...options }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    })
      .on('error', reject)
      .end()
  })
}

const socketTo = (
  port: number,
  address: string,
  { headers = {}, protocols = [] as string[], origin = `https://${hostOf(port)}` },
) =>
  connect(`wss://127.0.0.1:${port}${address}`, {
    ...{ protocols, origin, rejectUnauthorized: false },
    headers: { host: hostOf(port), ...headers },
  })

describe.runIf(hasNginx).each(['documented', 'plain'] as const)('behind the %s nginx', (which) => {
  it('the page signs in, has control, the API and the gateway', async () => {
    const port = ports[which]
    const page = await get(port, `/?token=${token}`)
    expect(page).toMatchObject({
      status: 200,
      text: expect.stringContaining('id="root"') as string,
    })
    const asset = /src="\.(\/assets\/[^"]+)"/.exec(page.text)?.[1] ?? ''
    expect((await get(port, asset, { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    const session = await get(port, '/session', bearer(token))
    const { key } = JSON.parse(session.text) as { key: string }
    const protocols = ['switchyard', `switchyard.key.${key}`]
    const control = await socketTo(port, '/control', { protocols })
    expect(await control.next()).toMatchObject({ event: 'snapshot' })
    await control.close()
    expect((await get(port, '/api/backends', bearer(key))).status).toBe(200)
    const gateway = await socketTo(port, '/backends/emotion', { protocols })
    expect(await gateway.ask({ type: 'health_check' })).toMatchObject({ type: 'pong' })
    await gateway.close()
  })

  it('a program with the token has inference', async () => {
    const port = ports[which]
    const client = await connect(`wss://127.0.0.1:${port}/backends/emotion`, {
      rejectUnauthorized: false,
      headers: { host: hostOf(port), ...bearer(token) },
    })
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ type: 'pong' })
    await client.close()
  })

  it('without the token there is neither control nor a session', async () => {
    const port = ports[which]
    expect((await get(port, '/session')).status).toBe(401)
    expect((await get(port, '/download/logs')).status).toBe(401)
    await expect(socketTo(port, '/control', {})).rejects.toThrow(/40[13]/)
    const protocols = ['switchyard', 'switchyard.key.wrong']
    await expect(socketTo(port, '/control', { protocols })).rejects.toThrow(/40[13]/)
  })
})

describe.runIf(hasNginx)('behind the documented nginx, without the token', () => {
  it('inference and the API are refused', async () => {
    await expect(socketTo(ports.documented, '/backends/emotion', {})).rejects.toThrow('401')
    expect((await get(ports.documented, '/api/backends')).status).toBe(401)
    expect((await get(ports.documented, '/metrics')).status).toBe(401)
  })

  it('a name that is not allowed is refused with the option that allows it', async () => {
    const answer = await get(ports.documented, '/api/backends', { host: 'other.example.com' })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('--allow-host other.example.com')
  })
})
