import { expect, it } from 'vitest'
import { backendConfigSchema } from '../../protocol/config.ts'
import { ModelService } from './service.ts'

function service() {
  const lines: [string, string, unknown][] = []
  let nowMs = 0
  const log = (level: string) => (message: string, fields?: object) => {
    lines.push([level, message, fields])
  }
  const model = new ModelService({
    name: 'emotion',
    version: '1',
    config: backendConfigSchema.parse({ port: 8768 }),
    descriptor: null,
    readRequest: () => {
      throw new Error('not reached')
    },
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    now: () => nowMs,
  })
  const refuse = (client: object, requestId: string) =>
    expect(
      model.infer(
        client,
        { type: 'inference_request', request_id: requestId, data: {} },
        [],
        nowMs,
      ),
    ).rejects.toThrow('is still loading')
  return { model, lines, refuse, wait: (ms: number) => (nowMs += ms) }
}

it('logs a refusal that one client gets again and again once in ten seconds, with the count', async () => {
  const { lines, refuse, wait } = service()
  const [client, other] = [{}, {}]
  for (let index = 0; index < 1000; index++) await refuse(client, `r${index}`)
  await refuse(other, 'o')
  expect(lines).toEqual([
    ['warn', expect.stringMatching(/^request refused: emotion is still/), first('r0')],
    ['warn', expect.stringMatching(/^request refused: emotion is still/), first('o')],
  ])
  wait(10_000)
  await refuse(client, 'later')
  expect(lines.slice(2)).toEqual([
    ['warn', expect.stringContaining('(repeated 999 times)'), first('r999')],
    ['warn', expect.not.stringContaining('repeated'), first('later')],
  ])
})

it('logs the count when the client leaves', async () => {
  const { model, lines, refuse } = service()
  const client = {}
  await refuse(client, 'a')
  await refuse(client, 'b')
  model.disconnected(client)
  expect(lines.at(-1)).toEqual(['warn', expect.stringContaining('(repeated 1 times)'), first('b')])
})

const first = (requestId: string) => ({ request_id: requestId, code: 'not_ready' })
