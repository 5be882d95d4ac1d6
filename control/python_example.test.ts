/** The shipped Python example. Its model waits until the test releases it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { connect as connectTcp } from 'node:net'
import path from 'node:path'
import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { freePort, ROOT_DIR, until } from '../testing/processes.ts'
import { connect, type WireClient } from '../testing/wire_client.ts'

/** Debian's own Python: others do not find Debian's packages. */
const PYTHON = '/usr/bin/python3'
const hasPython = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0
if (!hasPython) console.log(`skipped: ${PYTHON} has no websockets (Debian: python3-websockets)`)

const HEAD = `
import asyncio, logging, sys
sys.path.insert(0, ${JSON.stringify(path.join(ROOT_DIR, 'examples/python-backend'))})
import backend
logging.basicConfig(level=logging.INFO, format='%(levelname)s %(name)s %(message)s')
`
/** Each line on standard input releases one wait. */
const WAIT = `print('waiting', flush=True); sys.stdin.readline()`
const BLOCKED_MODEL = `
class Model(backend.EntropyBackend):
    def process_inference(self, data):
        if data.get('wait'): ${WAIT}
        return data['answer'] if 'answer' in data else super().process_inference(data)
`
const RUN = (port: number) => `asyncio.run(Model().serve('127.0.0.1', ${port}))\n`

interface Example {
  child: ChildProcess
  port: number
  output(): string
  outputHas(text: string): Promise<void>
  /** Releases one wait of the model. */
  release(): void
  ends(): Promise<{ code: number | null; signal: string | null }>
}

const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function start(model = BLOCKED_MODEL): Promise<Example> {
  const port = await freePort()
  const child = spawn(PYTHON, ['-u', '-c', `${HEAD}${model}${RUN(port)}`])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  }
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  cleanups.push(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    port,
    output: () => text,
    outputHas: async (wanted) => {
      await until(`"${wanted}" in the output`, () => {
        if (child.exitCode !== null && !text.includes(wanted)) throw new Error(text)
        return text.includes(wanted)
      })
    },
    release: () => child.stdin.write('\n'),
    ends: async () => {
      const [code, signal] = await ended
      return { code, signal }
    },
  }
}

async function clientOf({ port }: Example): Promise<WireClient> {
  const client = await connect(`ws://127.0.0.1:${port}`)
  cleanups.push(() => client.close())
  return client
}

const request = (id: string, data: object) => ({
  type: 'inference_request',
  request_id: id,
  data: { image: 'AAECAw==', ...data },
})

describe.skipIf(!hasPython)('the Python example', () => {
  beforeAll(() => {
    // Compiles it in advance.
    spawnSync(PYTHON, ['-c', HEAD])
  })

  it('answers health checks while the model works, on the same connection too', async () => {
    const example = await start()
    await example.outputHas('ready')
    const client = await clientOf(example)
    client.send(request('slow', { wait: true }))
    await example.outputHas('waiting')
    expect(await client.ask({ type: 'health_check' })).toMatchObject({
      type: 'pong',
      status: 'healthy',
      in_flight: 1,
    })
    const other = await clientOf(example)
    expect(await other.ask({ type: 'ping' })).toMatchObject({ type: 'pong', status: 'healthy' })
    example.release()
    expect(await client.next()).toMatchObject({
      type: 'inference_response',
      request_id: 'slow',
      data: { prediction: 2, bytes: 4 },
    })
  })

  it('refuses more than it may hold, and answers the rest in order', async () => {
    const example = await start()
    await example.outputHas('ready')
    const client = await clientOf(example)
    client.send(request('0', { wait: true }))
    for (let index = 1; index <= 16; index++) client.send(request(String(index), {}))
    expect(await client.next()).toMatchObject({ code: 'queue_full', request_id: '16' })
    example.release()
    for (let index = 0; index < 16; index++) {
      expect(await client.next()).toMatchObject({ request_id: String(index) })
    }
  })

  it('runs and stops on an event loop without signal handlers, as on Windows', async () => {
    const example = await start(`
def refused(self, *_): raise NotImplementedError
asyncio.SelectorEventLoop.add_signal_handler = refused
${BLOCKED_MODEL}`)
    await example.outputHas('ready')
    expect(await (await clientOf(example)).ask(request('a', {}))).toMatchObject({ request_id: 'a' })
    example.child.kill('SIGTERM')
    expect(await example.ends()).toEqual({ code: 0, signal: null })
    expect(example.output()).toContain('stopped')
  })

  it('answers what is in flight before it stops', async () => {
    const example = await start()
    await example.outputHas('ready')
    const client = await clientOf(example)
    client.send(request('last', { wait: true }))
    await example.outputHas('waiting')
    example.child.kill('SIGTERM')
    await until('the stop to begin', async () => {
      const { status } = await client.ask({ type: 'health_check' })
      return status === 'loading'
    })
    example.release()
    expect(await client.next()).toMatchObject({ type: 'inference_response', request_id: 'last' })
    expect(await example.ends()).toEqual({ code: 0, signal: null })
  })

  it('reports that it loads, refuses requests meanwhile, and stops while it loads', async () => {
    const example = await start(`
class Model(backend.EntropyBackend):
    def initialize_model(self): ${WAIT}
`)
    await example.outputHas('waiting')
    const client = await clientOf(example)
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ status: 'loading' })
    expect(await client.ask(request('early', {}))).toMatchObject({ code: 'not_ready' })
    example.child.kill('SIGTERM')
    expect(await example.ends()).toEqual({ code: 0, signal: null })
  })

  it('lives through clients that vanish, without a traceback', async () => {
    const example = await start()
    await example.outputHas('ready')
    const vanishing = new WebSocket(`ws://127.0.0.1:${example.port}`)
    await once(vanishing, 'open')
    vanishing.send(JSON.stringify(request('gone', { wait: true })))
    await example.outputHas('waiting')
    vanishing.terminate()
    // One opens the port and stays silent, one uses another protocol.
    const silent = connectTcp(example.port, '127.0.0.1')
    await once(silent, 'connect')
    silent.destroy()
    const strange = connectTcp(example.port, '127.0.0.1')
    strange.end('hello\r\n\r\n')
    await once(strange.resume(), 'close')
    example.release()
    const client = await clientOf(example)
    expect(await client.ask(request('next', {}))).toMatchObject({ request_id: 'next' })
    example.child.kill('SIGTERM')
    expect(await example.ends()).toEqual({ code: 0, signal: null })
    expect(example.output()).not.toContain('Traceback')
  })

  it.each([
    ['NaN', `{'prediction': float('nan')}`, /not JSON compliant/],
    ['Infinity in a list', `{'prediction': [1, float('inf')]}`, /not JSON compliant/],
    ['a value that is not JSON', `{'prediction': b'x'}`, /bytes is not JSON serializable/],
    ['no dictionary', `5`, /'int' object/],
    ['an exception', `1 / 0`, /division by zero/],
    ['an exception without a text', `next(iter([]))`, /raised StopIteration/],
  ])('answers an error when the model returns %s, and goes on', async (_what, value, error) => {
    const example = await start(`
class Model(backend.EntropyBackend):
    def process_inference(self, data):
        return ${value} if data.get('bad') else super().process_inference(data)
`)
    await example.outputHas('ready')
    const client = await clientOf(example)
    const answer = await client.ask(request('bad', { bad: true }))
    expect(answer).toMatchObject({ type: 'error', request_id: 'bad', code: 'internal' })
    expect(answer.error).toMatch(error)
    expect(await client.ask(request('good', {}))).toMatchObject({ data: { prediction: 2 } })
  })

  it('refuses a message that it cannot use, with a code, and goes on', async () => {
    const example = await start()
    await example.outputHas('ready')
    const client = await clientOf(example)
    for (const [message, code, request_id] of [
      ['{"type":', 'invalid_json', null],
      ['\uFEFF{}', 'invalid_json', null],
      [Buffer.from([0xff, 0xfe]), 'invalid_json', null],
      ['['.repeat(200_000), 'invalid_json', null],
      ['[]', 'invalid_request', null],
      ['{"type":"dance","request_id":"x"}', 'unknown_type', 'x'],
      ['{"type":"inference_request","request_id":{},"data":[]}', 'invalid_request', null],
      [request('x', { image: 5 }), 'invalid_request', 'x'],
      [request('x', { image: 'é' }), 'invalid_image', 'x'],
      [request('x', { image: 'A' }), 'invalid_image', 'x'],
    ] as const) {
      expect(await client.ask(message)).toMatchObject({ type: 'error', code, request_id })
    }
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ status: 'healthy' })
  })

  it('sends a large reply whole', async () => {
    const example = await start(`
class Model(backend.EntropyBackend):
    def process_inference(self, data): return {'mask': 'x' * 20_000_000}
`)
    await example.outputHas('ready')
    const { data } = await (await clientOf(example)).ask(request('big', {}))
    expect((data as { mask: string }).mask).toHaveLength(20_000_000)
  })
})
