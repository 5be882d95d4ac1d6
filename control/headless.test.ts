/** The control plane as users run it: real processes, a real port, connections of a panel and a program. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { messageIn } from '../protocol/messages.ts'
import { textIn } from '../protocol/messages_zh.ts'
import { endPanels, startHeadless } from '../testing/headless.ts'
import { facePicture } from '../testing/pictures.ts'
import { freePort, isAlive, isPortFree, startNode, until } from '../testing/processes.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'

afterEach(endPanels)

const section = (port: number, more = '') =>
  `model_backends:\n  emotion:\n    port: ${port}\n    health_interval: 0.5\n    reconnect_interval: 1\n${more}`

describe('a backend under the control plane', () => {
  it('starts, answers through the gateway, shows its request in the log, stops, and frees its port', async () => {
    const port = await freePort()
    const panel = await startHeadless(section(port))
    const off = await connect(`${panel.ws}/backends/emotion`)
    const early = await off.ask(inferenceRequest('early', facePicture(1)))
    expect(early).toMatchObject({ type: 'error', code: 'not_ready', request_id: 'early' })
    expect(early.error).toContain('emotion is disabled')
    expect(await off.ask({ type: 'health_check' })).toMatchObject({
      type: 'pong',
      status: 'unhealthy',
      model_loaded: false,
      detail: 'disabled',
    })

    await panel.call('backends.start', { name: 'emotion' })
    const ready = await panel.backendWhere(({ state }) => state === 'ready')
    expect(ready).toMatchObject({ wanted: true, provider: 'CPU', port })
    expect(isAlive(ready.pid ?? 0)).toBe(true)
    expect(ready.models.length).toBeGreaterThan(0)

    const reply = await off.ask(inferenceRequest('through', facePicture(1)))
    expect(reply).toMatchObject({ type: 'inference_response', request_id: 'through' })
    const root = await connect(panel.ws)
    expect(
      await root.ask({ ...inferenceRequest('rooted', facePicture(1)), backend: 'emotion' }),
    ).toMatchObject({ type: 'inference_response', request_id: 'rooted' })
    const found = await until('the log line of the request', async () => {
      const { lines } = await panel.call('logs.follow', {
        filter: { sources: ['emotion'], search: 'through' },
        limit: 10,
      })
      return lines.find(({ message }) => message.startsWith('response'))
    })
    expect(found.message).toMatch(/total \d/)

    await panel.call('backends.stop', { name: 'emotion' })
    await panel.backendWhere(({ state }) => state === 'disabled')
    expect(isAlive(ready.pid ?? 0)).toBe(false)
    expect(await isPortFree(port)).toBe(true)
    await off.close()
    await root.close()
  })

  it('is started again after kill -9, and what was in flight is answered with backend_lost', async () => {
    const panel = await startHeadless(section(await freePort(), '    enabled: true\n'))
    const first = await panel.backendWhere(({ state }) => state === 'ready')
    const client = await connect(`${panel.ws}/backends/emotion`)
    for (let index = 0; index < 20; index++) {
      client.send(inferenceRequest(`k${index}`, facePicture(1)))
    }
    await client.next()
    process.kill(first.pid ?? 0, 'SIGKILL')
    const rest = await Promise.all(Array.from({ length: 19 }, () => client.next()))
    const lost = rest.filter(({ code }) => code === 'backend_lost')
    expect(lost.length).toBeGreaterThan(0)
    expect(new Set(rest.map(({ request_id }) => request_id)).size).toBe(19)
    const crashed = await panel.backendWhere(({ state }) => state === 'backoff')
    expect(crashed.detail).toContain('SIGKILL')
    const again = await panel.backendWhere(
      ({ state, pid }) => state === 'ready' && pid !== first.pid,
    )
    expect(again.attempt).toBe(1)
    await client.close()
  })

  it('whose port is taken reports it, retries as often as allowed, and gives up', async () => {
    const port = await freePort()
    const holder = startNode([
      '-e',
      `require('net').createServer().listen(${port}, 'localhost', () => console.log('held'))`,
    ])
    await holder.waitFor(/held/)
    const panel = await startHeadless(section(port, '    max_reconnect_attempts: 1\n'))
    await panel.call('backends.start', { name: 'emotion' })
    const failed = await panel.backendWhere(({ state }) => state === 'failed')
    expect(failed.detail).toContain(`port ${port} on localhost is already in use`)
    const reason = messageIn({ ...failed, detail: failed.detail ?? '' }, 'detail')
    expect(textIn('zh', reason)).toContain(`localhost 上的端口 ${port} 已被占用`)
    expect(failed.wanted).toBe(true)
  })
})

describe('no process is left behind', () => {
  it('after SIGTERM, which ends with code 0', async () => {
    const panel = await startHeadless(section(await freePort(), '    enabled: true\n'))
    const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
    panel.process.signal('SIGTERM')
    expect(await panel.process.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(pid ?? 0)).toBe(false)
  })

  it('when the control plane is killed with SIGKILL', async () => {
    const panel = await startHeadless(section(await freePort(), '    enabled: true\n'))
    const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
    panel.process.signal('SIGKILL')
    await panel.process.exited
    await until('the backend to end by itself', () => !isAlive(pid ?? 0))
  })
})

describe('the configuration', () => {
  it('is refused with file, line, key and remedy while the app stays up, and applied when fixed', async () => {
    const port = await freePort()
    const panel = await startHeadless('model_backends:\n  emotion:\n    prot: 1\n')
    const { plane, backends } = await panel.snapshotWhere(() => true)
    expect(backends).toEqual([])
    expect(plane.config.loaded_at).toBeNull()
    expect(plane.config.problems).toContainEqual(
      expect.objectContaining({
        file: panel.file,
        line: 3,
        key: 'model_backends.emotion.prot',
        message: 'Unknown key prot.',
        remedy: 'Did you mean port?',
      }),
    )
    writeFileSync(panel.file, section(port))
    const fixed = await panel.snapshotWhere((snapshot) => snapshot.backends.length === 1)
    expect(fixed.plane.config.problems).toEqual([])
  })

  it('that was good stays in force when an edit breaks the file', async () => {
    const panel = await startHeadless(section(await freePort(), '    enabled: true\n'))
    const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
    writeFileSync(panel.file, 'model_backends: [')
    const { plane, backends } = await panel.snapshotWhere(
      (snapshot) => snapshot.plane.config.problems.length > 0,
    )
    expect(plane.config.problems[0]?.message).toContain('YAML syntax')
    expect(backends[0]).toMatchObject({ state: 'ready', pid })
  })
})

describe('who may come in', () => {
  it('the page exchanges the token of its address for a key, and programs send the token', async () => {
    const { http, ws, headers, token, process } = await startHeadless(section(await freePort()))
    const [, address = ''] = await process.waitFor(/Panel: (\S+)/)
    const page = await fetch(address)
    expect(page.status).toBe(200)
    expect(page.headers.get('set-cookie')).toBeNull()
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await page.text()).toContain('<div id="root">')
    expect((await fetch(`${http}/session`)).status).toBe(401)
    const { key } = (await (await fetch(`${http}/session`, { headers })).json()) as { key: string }
    const protocols = ['switchyard', `switchyard.key.${key}`]
    const control = await connect(`${ws}/control`, { protocols, origin: http })
    expect(await control.next()).toMatchObject({ event: 'snapshot' })
    await control.close()
    expect(process.output().match(new RegExp(token, 'g'))).toHaveLength(1)
  })

  it('a server on another port that receives the cookies of the browser can do nothing with them', async () => {
    const { http, ws, headers } = await startHeadless(section(await freePort()))
    const cookies: string[] = []
    const other = createServer((request, response) => {
      cookies.push(request.headers.cookie ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const jar = new Map<string, string>()
    const visit = async (url: string, more: Record<string, string> = {}) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(url, { headers: { ...more, cookie } })
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        jar.set(name, value)
      }
      return answer
    }
    const { key } = (await (await visit(`${http}/session`, headers)).json()) as { key: string }
    for (const path of ['', 'index.html', 'metrics', 'api/backends', 'download/logs']) {
      await visit(`${http}/${path}`, { authorization: `Bearer ${key}` })
    }
    await visit(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`)
    other.close()
    expect(cookies).toHaveLength(1)
    const cookie = cookies[0] ?? ''
    expect(cookie).not.toContain(key)
    await expect(connect(`${ws}/control`, { headers: { cookie } })).rejects.toThrow('401')
    for (const path of ['download/logs', 'session']) {
      expect((await fetch(`${http}/${path}`, { headers: { cookie } })).status).toBe(401)
    }
    const proxied = { headers: { cookie, 'x-forwarded-for': '10.0.0.9' } }
    expect((await fetch(`${http}/api/backends`, proxied)).status).toBe(401)
  })

  it('control needs the token; inference from this machine does not', async () => {
    const { ws } = await startHeadless(section(await freePort()))
    await expect(connect(`${ws}/control`)).rejects.toThrow('401')
    const foreign = { origin: 'http://localhost:1' }
    await expect(connect(`${ws}/control`, foreign)).rejects.toThrow('403')
    await expect(
      connect(`${ws}/backends/emotion`, { origin: 'https://example.com' }),
    ).rejects.toThrow('403')
    await expect(connect(`${ws}/elsewhere`)).rejects.toThrow('404')
    const open = await connect(`${ws}/backends/emotion`)
    await open.close()
  })

  it('a call that is none is answered with what is wrong', async () => {
    const panel = await startHeadless(section(await freePort()))
    await expect(panel.call('backends.start', { name: 'nose' })).rejects.toMatchObject({
      code: 'unknown_backend',
      message: expect.stringContaining('"nose"') as string,
    })
    const control = await connect(`${panel.ws}/control`, { headers: panel.headers })
    for (const method of ['backends.start', 'fly']) {
      control.send({ id: 1, method, params: {} })
      let reply = await control.next()
      while (reply.id !== 1) reply = await control.next()
      expect(reply).toMatchObject({ error: { code: 'invalid_request' } })
    }
    await control.close()
  })
})

it('a taken port ends with code 4, names who has it and the remedy', async () => {
  const panel = await startHeadless(section(await freePort()))
  const port = new URL(panel.http).port
  const second = startNode(['scripts/start.mjs', '--headless', '--port', port, '--no-open'])
  expect(await second.exited).toEqual({ code: 4, signal: null })
  const words = `Port ${port} .* is already in use by .*\\(pid ${panel.process.pid}[,)].*Use --port 0`
  expect(second.output()).toMatch(new RegExp(words))
})

it('metrics of everything and the state of each backend are read over HTTP, crash bundles with the token alone', async () => {
  const panel = await startHeadless(section(await freePort(), '    enabled: true\n'))
  const { pid } = await panel.backendWhere(({ state }) => state === 'ready')
  const page = await (await fetch(`${panel.http}/metrics`)).text()
  expect(page).toMatch(/^switchyard_requests_total\{.*backend="emotion".*\} 0$/m)
  expect(page).toMatch(/^switchyard_scrape_ok\{.*backend="emotion".*\} 1$/m)
  const list = await (await fetch(`${panel.http}/api/backends`)).json()
  expect(list).toMatchObject({ backends: [{ name: 'emotion', state: 'ready' }] })
  expect((await fetch(`${panel.http}/api/backends/nose`)).status).toBe(404)

  const killedAt = Date.now()
  process.kill(pid ?? 0, 'SIGKILL')
  const crash = await until('the crash card', async () => {
    const { crashes } = await panel.call('crashes.list', {})
    return crashes.find(({ time }) => time >= killedAt)
  })
  expect(crash).toMatchObject({ backend: 'emotion', phase: 'ready' })
  const bundle = `${panel.http}/download/crashes/${crash.id}.zip`
  expect((await fetch(bundle)).status).toBe(401)
  const { headers } = panel
  const zip = await (await fetch(bundle, { headers })).arrayBuffer()
  expect(Buffer.from(zip).subarray(0, 2).toString('latin1')).toBe('PK')
  const logs = `${panel.http}/download/logs?format=jsonl`
  const lines = await (await fetch(logs, { headers })).text()
  expect(lines.split('\n').some((line) => line.includes('ended by signal SIGKILL'))).toBe(true)
})

it.skipIf(process.platform !== 'linux')(
  'a section of 240 kB reaches its backend, and stands in no command line',
  async () => {
    const labels = Array.from({ length: 10_861 }, (_, index) => `label_of_many_${index}`)
    const port = await freePort()
    const panel = await startHeadless(
      `model_backends:\n  tags:\n    runtime: onnx\n    port: ${port}\n    enabled: true\n    max_reconnect_attempts: 0\n    model: /nowhere/tags.onnx\n    output: { type: classification }\n    labels: [${labels.join(', ')}]\n`,
    )
    const { pid } = await panel.backendWhere((one) => one.pid !== null)
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('label_of_many')
    const failed = await panel.backendWhere(({ state }) => state === 'failed')
    expect(failed.detail).toContain('No such file: /nowhere/tags.onnx. Correct the path in model')
  },
)
