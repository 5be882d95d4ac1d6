/** A platform client at the gateway, with native and platform backends, over real sockets. */
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../testing/wire_client.ts'
import { ask, backendOf, closeAll, one, startGateway } from './testing/real_sockets.ts'

afterEach(closeAll)

const native = () =>
  backendOf((socket, { request_id, data }) => {
    const { bad } = data as { bad?: boolean }
    socket.send(
      JSON.stringify(
        bad === true
          ? { type: 'error', request_id, error: 'no frames', code: 'invalid_request' }
          : {
              type: 'inference_response',
              request_id,
              data: { score: 7 },
              timing: { total_ms: 4.5 },
            },
      ),
    )
  })

const ofPlatform = () =>
  backendOf((socket, { request_id, model_type, data }) => {
    const { bad } = data as { bad?: boolean }
    const result =
      bad === true
        ? { status: 'error', error: 'no frames', latency_ms: 4.5 }
        : { status: 'success', predictions: { score: 7 }, latency_ms: 4.5, more: 1 }
    const type = 'inference_response'
    socket.send(JSON.stringify({ type, request_id, model_type, timestamp: 2, result }))
  })

const request = (id: string, data: object = {}) => ({
  type: 'inference_request',
  request_id: id,
  model_type: 'fatigue',
  timestamp: 1,
  data,
})

describe.each([
  ['native', native],
  ['platform', ofPlatform],
] as const)('before a %s backend', (dialect, start) => {
  it.each(['/', '/backends/fatigue'])('has four of four messages answered at %s', async (path) => {
    const { url } = await startGateway(one('fatigue', await start(), { dialect }))
    const client = await connect(`${url}${path}`)
    expect(await client.ask({ type: 'ping' })).toMatchObject({
      type: 'pong',
      timestamp: expect.any(Number),
    })
    expect(await client.ask({ type: 'health_check', timestamp: 1 })).toEqual({
      type: 'health_response',
      status: 'healthy',
      model_type: path === '/' ? 'switchyard' : 'fatigue',
      model_loaded: true,
    })
    expect(await client.ask(request('a'))).toMatchObject({
      type: 'inference_response',
      request_id: 'a',
      model_type: 'fatigue',
      timestamp: expect.any(Number),
      result: { status: 'success', predictions: { score: 7 }, latency_ms: 4.5 },
    })
    expect(await client.ask(request('b', { bad: true }))).toMatchObject({
      type: 'inference_response',
      request_id: 'b',
      model_type: 'fatigue',
      result: { status: 'error', error: 'no frames', latency_ms: expect.any(Number) },
    })
    // Its dialect is known from here on.
    expect(await client.ask({ type: 'ping' })).toEqual({
      type: 'pong',
      timestamp: expect.any(Number),
    })
    expect(await client.ask({ type: 'health_check', model_type: 'fatigue' })).toMatchObject({
      type: 'health_response',
      model_type: 'fatigue',
    })
    expect(await client.ask('{"type":')).toEqual({ type: 'error', error: expect.any(String) })
    await client.close()
  })
})

it('names a model_type that is not a backend in a failed result', async () => {
  const { url } = await startGateway(one('fatigue', await native()))
  const client = await connect(url)
  const answer = await client.ask({ ...request('a'), model_type: 'eeg' })
  expect(answer).toMatchObject({ request_id: 'a', model_type: 'eeg', result: { status: 'error' } })
  expect(answer).not.toHaveProperty('code')
  await client.close()
})

it('a message that names a backend is answered natively, whatever came before', async () => {
  const { url } = await startGateway(one('fatigue', await native()))
  const client = await connect(url)
  await client.ask(request('a'))
  expect(await client.ask(ask('b', 'fatigue'))).toEqual({
    type: 'inference_response',
    request_id: 'b',
    data: { score: 7 },
    timing: { total_ms: 4.5 },
  })
  await client.close()
})

describe('at the root, without a backend', () => {
  it.each(['health_check', 'ping'])('%s is answered for all of Switchyard', async (type) => {
    const { url } = await startGateway(one('fatigue', await native()))
    const client = await connect(url)
    expect(await client.ask({ type })).toMatchObject({
      type: 'pong',
      status: 'healthy',
      backend: 'switchyard',
      model_loaded: true,
      backends: [{ name: 'fatigue', state: 'ready', is_serving: true }],
    })
    await client.close()
  })
})
