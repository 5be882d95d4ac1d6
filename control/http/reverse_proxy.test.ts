/** Debian's nginx with the text of docs/reverse-proxy.md in front of a real Switchyard. */
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nginxFault, startNginx, type Nginx } from '../../testing/nginx.ts'
import { endStarted, startNode, temporaryConfig } from '../../testing/processes.ts'
import { connect } from '../../testing/wire_client.ts'

const hasNginx = nginxFault === null
if (!hasNginx) console.warn(`reverse_proxy.test.ts is skipped: ${nginxFault}`)

const START_MS_MAX = 120_000
let config: ReturnType<typeof temporaryConfig>
let nginx: Nginx
let token: string
let ports: Nginx['ports']

beforeAll(async () => {
  if (!hasNginx) return
  config = temporaryConfig('model_backends:\n  emotion:\n    port: 8768\n')
  const panel = startNode([
    ...['scripts/start.mjs', '--headless', '--no-open', '--port', '0', '--config', config.file],
    ...['--allow-host', 'ai.example.com'],
  ])
  const printed = await panel.waitFor(/Panel: http:\/\/127\.0\.0\.1:(\d+)\/\?token=(\S+)/)
  token = printed[2] ?? ''
  nginx = await startNginx(printed[1] ?? '')
  ports = nginx.ports
}, START_MS_MAX)

afterAll(async () => {
  if (!hasNginx) return
  await nginx.close()
  await endStarted()
  config.remove()
}, START_MS_MAX)

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
