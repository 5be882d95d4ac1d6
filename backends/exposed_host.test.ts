/** Exposed hosts: a backend without token does not listen, and never prints the token. */
import { networkInterfaces } from 'node:os'
import { afterEach, expect, it } from 'vitest'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import { endStarted, startNode } from '../testing/processes.ts'
import { connect } from '../testing/wire_client.ts'

const TOKEN = 'the-right-token-of-this-backend'
const start = (env: Record<string, string>, ...more: string[]) =>
  startNode(
    [
      'dist/backends/process.js',
      ...['emotion', '--host', '0.0.0.0', '--port', '0', '--settings', '{"port":8766}'],
      ...more,
    ],
    env,
  )

afterEach(endStarted)

it.each([
  ['no token', '', /host "0\.0\.0\.0" is reachable from other machines.*SWITCHYARD_TOKEN/],
  ['a token that is too short', 'tooshort', /SWITCHYARD_TOKEN has 8 characters; it needs 16/],
])('with %s it refuses to start and names the remedy', async (_what, token, sentence) => {
  const backend = start({ SWITCHYARD_TOKEN: token })
  expect(await backend.exited).toEqual({ code: EXIT_CODES.usage, signal: null })
  expect(backend.output()).toMatch(sentence)
  expect(backend.output()).not.toContain('tooshort')
})

it.each([
  ['http://127.0.0.1', /--host[^\n]* ['"]http:\/\/127\.0\.0\.1['"] [^\n]*Write /],
  ['127.0.0.1:8766', /--host[^\n]* ['"]127\.0\.0\.1:8766['"] [^\n]*Write /],
  ['a b', /--host[^\n]* ['"]a b['"] [^\n]*Write /],
])('refuses --host %j in one line', async (host, sentence) => {
  for (const args of [
    ['scripts/backend.mjs', 'emotion', '--port', '0'],
    ['scripts/start.mjs', '--headless', '--no-open', '--port', '0'],
  ]) {
    const program = startNode([...args, '--host', host])
    expect(await program.exited).toEqual({ code: EXIT_CODES.usage, signal: null })
    expect(program.output()).toMatch(sentence)
    expect(program.output()).not.toMatch(/\n {4}at /)
  }
})

it('keeps its exit code though the model thread is still loading native code', async () => {
  const all = Array.from({ length: 12 }, () => start({ SWITCHYARD_TOKEN: '' }))
  const codes = await Promise.all(all.map(async (backend) => (await backend.exited).code))
  expect(codes).toEqual(all.map(() => EXIT_CODES.usage))
})

it('takes no token as an argument, where every user of the machine could read it', async () => {
  const backend = start({ SWITCHYARD_TOKEN: '' }, '--token', TOKEN)
  expect((await backend.exited).code).toBe(EXIT_CODES.usage)
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address

it.skipIf(outside === undefined)(
  'with a token it answers who sends it, and names it in no line',
  async () => {
    const backend = start({ SWITCHYARD_TOKEN: TOKEN }, '--log-format', 'json')
    const [, port] = await backend.waitFor(/listening on ws:\/\/0\.0\.0\.0:(\d+)/)
    const url = `ws://${outside}:${port}`
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    await expect(connect(url)).rejects.toThrow('401')
    await expect(connect(`${url}/?token=${TOKEN}`)).rejects.toThrow('401')
    await expect(connect(url, bearer('a-wrong-token-of-somebody'))).rejects.toThrow('401')
    await expect(connect(url, { ...bearer(TOKEN), origin: 'http://a.example' })).rejects.toThrow(
      '403',
    )
    const client = await connect(url, bearer(TOKEN))
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ type: 'pong' })
    await client.close()
    backend.signal('SIGTERM')
    await backend.exited
    expect(backend.output()).toContain('connection refused')
    expect(backend.output()).not.toMatch(/token-of/)
  },
)
