/** Real HTTP servers that answer, fail, or never respond. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { parseExposition } from '../protocol/prometheus_text.ts'
import { allMetrics } from './all_metrics.ts'
import { TargetMeter } from './target_meter.ts'
import { FakeTarget } from './testing/fakes.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
})

async function targetAt(id: string, listener: RequestListener): Promise<FakeTarget> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return new FakeTarget(id, {}, `ws://127.0.0.1:${port}`)
}

const page =
  (text: string): RequestListener =>
  (request, response) => {
    response.writeHead(request.url === '/metrics' ? 200 : 404)
    response.end(text)
  }

const noGatewayPage = async () => ''

it('leaves out a backend that never answers, after the time it is given', async () => {
  const silent = await targetAt('silent', () => undefined)
  const text = await allMetrics({
    backends: () => [{ name: 'silent', targets: [silent] }],
    gatewayPage: noGatewayPage,
    measuredOf: () => null,
    timeoutMs: 50,
  })
  expect(text).toMatch(/^# silent is left out: http:.*\/metrics did not answer within 50 ms$/m)
  expect(text).toContain('switchyard_scrape_ok{backend="silent"} 0')
})

it('sends the token that a port demands', async () => {
  const target = await targetAt('far', (request, response) => {
    response.end(`asked{by="${request.headers.authorization}"} 1\n`)
  })
  target.token = 'secret'
  const text = await allMetrics({
    backends: () => [{ name: 'far', targets: [target] }],
    gatewayPage: noGatewayPage,
    measuredOf: () => null,
    timeoutMs: 20_000,
  })
  expect(text).toContain('asked{backend="far",by="Bearer secret"} 1')
})

it('holds what answers, leaves out what does not, with a comment', async () => {
  const good = await targetAt('good', page('# TYPE r counter\nr{backend="good"} 3\n'))
  const replicas = [
    await targetAt('twin-1', page('# TYPE r counter\nr{backend="twin"} 1\n')),
    await targetAt('twin-2', page('# TYPE r counter\nr{backend="twin"} 2\n')),
  ]
  const broken = await targetAt('broken', (_, response) => response.writeHead(500).end('no'))
  const endless = await targetAt('endless', (_, response) => {
    response.writeHead(200)
    response.end('x'.repeat(5 * 1024 ** 2))
  })
  const off = new FakeTarget('off')
  off.state = 'disabled'
  const gone = new FakeTarget('gone', {}, 'ws://127.0.0.1:1')
  const alone = [good, broken, endless, off, gone]
  const text = await allMetrics({
    backends: () => [
      ...alone.map((target) => ({ name: target.id, targets: [target] })),
      { name: 'twin', targets: replicas },
    ],
    gatewayPage: async () =>
      '# TYPE switchyard_gateway_clients gauge\nswitchyard_gateway_clients 4\n',
    measuredOf: () => null,
    timeoutMs: 20_000,
  })
  const { samples, malformed } = parseExposition(text)
  expect(malformed).toBe(0)
  const value = (name: string, labels: Record<string, string>) =>
    samples.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, one]) => sample.labels.get(label) === one),
    )?.value
  expect(value('switchyard_gateway_clients', {})).toBe(4)
  expect(value('r', { backend: 'good' })).toBe(3)
  expect(value('r', { backend: 'twin', replica: 'twin-1' })).toBe(1)
  expect(value('r', { backend: 'twin', replica: 'twin-2' })).toBe(2)
  expect(value('switchyard_scrape_ok', { backend: 'good' })).toBe(1)
  for (const name of ['broken', 'endless', 'gone']) {
    expect(value('switchyard_scrape_ok', { backend: name }), name).toBe(0)
    expect(text).toMatch(new RegExp(`^# ${name} is left out: .*http://127`, 'm'))
  }
  expect(value('switchyard_scrape_ok', { backend: 'off' })).toBeUndefined()
  expect(value('switchyard_backend_state', { backend: 'off', state: 'disabled' })).toBe(1)
  expect(value('switchyard_backend_state', { backend: 'off', state: 'ready' })).toBe(0)
  expect(value('switchyard_backend_serving', { backend: 'good' })).toBe(1)
  expect(text).toContain('answered 500')
  expect(text).toContain('is longer than 4194304 bytes')
})

it('takes what the gateway measures in place of a page, and asks such a backend for nothing', async () => {
  let asked = 0
  const py = await targetAt('py', (_, response) => {
    asked++
    response.end()
  })
  const time = { wall: () => 0, monotonic: () => 0 }
  const meter = new TargetMeter(time, { outstanding: () => 3, queued: () => 2 })
  meter.note('py', 'ok', { arrivedMs: 0, sentMs: 10, endedMs: 110 })
  meter.note('py', 'queue_full', { arrivedMs: 0, sentMs: null, endedMs: 1 })
  const text = await allMetrics({
    backends: () => [{ name: 'py', targets: [py] }],
    gatewayPage: noGatewayPage,
    measuredOf: (id) => meter.read(id),
  })
  expect(asked).toBe(0)
  const { samples, malformed } = parseExposition(text)
  expect(malformed).toBe(0)
  expect(text).toContain('switchyard_requests_total{backend="py"} 2')
  expect(text).toContain('switchyard_errors_total{backend="py",code="queue_full"} 1')
  expect(text).toContain('switchyard_stage_seconds_count{backend="py",stage="total"} 1')
  expect(text).toContain('switchyard_queue_depth{backend="py"} 2')
  expect(text).toContain('switchyard_in_flight{backend="py"} 3')
  expect(samples.some(({ name }) => name === 'switchyard_scrape_ok')).toBe(false)
})
