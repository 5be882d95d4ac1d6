import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import { endPanels, startHeadless } from '../testing/headless.ts'
import { freePort } from '../testing/processes.ts'
import { connect, inferenceRequest, type WireClient } from '../testing/wire_client.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'poison-'))
const program = path.join(folder, 'backend.cjs')
/** Crashes on the picture "poison", never answers "slow", and answers all others. */
writeFileSync(
  program,
  `const { WebSocketServer } = require(${JSON.stringify(path.resolve('node_modules/ws'))})
const server = new WebSocketServer({ port: Number(process.argv[2]), host: 'localhost' })
server.on('connection', (socket) => socket.on('message', (text) => {
  const { type, request_id, data } = JSON.parse(text)
  if (type === 'health_check') return socket.send(JSON.stringify({ type: 'pong', status: 'healthy', pid: process.pid }))
  const picture = Buffer.from(data.image, 'base64').toString()
  if (picture === 'poison') process.exit(9)
  if (picture !== 'slow') socket.send(JSON.stringify({ type: 'inference_response', request_id, data: { prediction: 1 } }))
}))
process.on('SIGTERM', () => process.exit(0))
`,
)
afterAll(() => {
  rmSync(folder, { recursive: true })
})
afterEach(endPanels)

async function start(name: string) {
  const command = `[${process.execPath}, ${program}, '{port}']`
  const panel = await startHeadless(
    `model_backends:\n  ${name}: { port: ${await freePort()}, enabled: true, runtime: command, command: ${command}, health_interval: 0.3, reconnect_interval: 0.1 }\n`,
  )
  let { pid } = await panel.backendWhere(({ state }) => state === 'ready')
  return {
    panel,
    client: await connect(`${panel.ws}/backends/${name}`),
    comesBack: async () => {
      const last = pid
      const next = await panel.backendWhere((one) => one.state === 'ready' && one.pid !== last)
      pid = next.pid
    },
  }
}

const send = (client: WireClient, id: string, picture: string) =>
  client.ask(inferenceRequest(id, Buffer.from(picture)))

it('is refused after two crashes, and accepted again when it is cleared', async () => {
  const { panel, client, comesBack } = await start('foreign')
  for (const id of ['first', 'second']) {
    expect(await send(client, id, 'poison')).toMatchObject({ code: 'backend_lost' })
    await comesBack()
  }
  const refused = await send(client, 'third', 'poison')
  expect(refused).toMatchObject({ type: 'error', code: 'quarantined', request_id: 'third' })
  expect(await send(client, 'other', 'harmless')).toMatchObject({ data: { prediction: 1 } })
  expect(await panel.call('quarantine.list', {})).toMatchObject({
    inputs: [{ backend: 'foreign', is_refused: true }],
  })
  await panel.call('quarantine.clear', { backend: 'foreign' })
  expect(await send(client, 'fourth', 'poison')).toMatchObject({ code: 'backend_lost' })
  await client.close()
})

it('is not blamed for the hand that kills the process', async () => {
  const { panel, client, comesBack } = await start('innocent')
  for (const id of ['first', 'second', 'third']) {
    client.send(inferenceRequest(id, Buffer.from('slow')))
    // Resolves after earlier messages have arrived; otherwise they would go to the next process.
    await send(client, `${id}, after`, 'harmless')
    const { pid } = await client.ask({ type: 'health_check' })
    process.kill(Number(pid), 'SIGKILL')
    expect(await client.next()).toMatchObject({ code: 'backend_lost', request_id: id })
    await comesBack()
  }
  const { inputs } = await panel.call('quarantine.list', {})
  expect(inputs.filter(({ backend }) => backend === 'innocent')).toEqual([])
  await client.close()
  // Three crashes, each with its backoff and a process start.
}, 60_000)
