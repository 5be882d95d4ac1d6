/** The port or the model is not available. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { EXIT_CODES } from '../protocol/exit_codes.ts'
import { freePort, ROOT_DIR, until } from '../testing/processes.ts'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { demand } from './demand.ts'
import { testFaults } from './test_faults.ts'
import { withPortForbidden } from './forbidden_port.ts'
import { areAll } from './request_flow.ts'
import { faulty, onnx, TINY_SIDE } from './sections.ts'
import type { Plane, Stage } from './fixture.ts'

testFaults('a port or a model that is not available', [
  {
    name: 'port taken before start',
    documented:
      'an event of the history reports that the port is in use, by which process and what to do, and no crash card is kept; other backends are not touched; it starts once the port is free',
    run: async (stage) => {
      const model = path.join(stage.folder, 'means.onnx')
      writeFileSync(model, colourMeansModel(TINY_SIDE))
      const name = 'port_taken'
      const section = await onnx(model, { max_reconnect_attempts: 1000 })
      const holder = stage.startFaulty('none', 'localhost', section.port)
      await holder.waitFor(/listening/)
      const plane = await stage.open({ [name]: section, neighbour: await faulty('none') })
      const neighbour = await plane.link.ready('neighbour')
      const start = await until('an event of the start', async () =>
        (await plane.link.events(name)).find(({ kind }) => kind === 'start_failed'),
      )
      demand(/already in use/.test(start.message), `the start failed by: ${start.message}`)
      const event = await until('a port event', async () =>
        (await plane.link.events(name)).find(({ kind }) => kind === 'port'),
      )
      demand(
        event.message.includes(`pid ${holder.pid},`),
        `the event does not name pid ${holder.pid}: ${event.message}`,
      )
      holder.signal('SIGTERM')
      await holder.exited
      await plane.link.ready(name)
      const outcomes = await (await stage.requests(plane, 'neighbour')).ask(2)
      demand(areAll(outcomes, 'ok'), `the other backend answered ${outcomes.join(', ')}`)
      const { pid } = plane.link.backend('neighbour')
      demand(pid === neighbour.pid, 'the other backend was restarted')
      const cards = await plane.link.cards(name, 0)
      demand(cards.length === 0, `a card was kept: ${cards[0]?.exit.words}`)
      return `${start.message} ${event.message}; ready once it was freed`
    },
  },
  {
    name: 'port in TIME_WAIT',
    documented:
      'connections that closed a moment ago do not make the port unavailable: the port doctor explains it, and the backend becomes ready',
    run: async (stage) => {
      const section = await faulty('none', [], { host: '127.0.0.1' })
      await leaveTimeWait(section.port)
      const plane = await stage.open({ again: section })
      await plane.link.ready('again')
      const cards = await plane.link.cards('again', 0)
      demand(cards.length === 0, `it crashed: ${cards[0]?.exit.words}`)
      const free = await freePort()
      await leaveTimeWait(free)
      const { report } = await plane.link.call('ports.look', { host: '127.0.0.1', port: free })
      demand(report.holder === null, `the port doctor names a holder: ${report.sentence}`)
      const outcomes = await (await stage.requests(plane, 'again')).ask(2)
      demand(areAll(outcomes, 'ok'), `it answered ${outcomes.join(', ')}`)
      return `ready at the first start; the port doctor: ${report.sentence}`
    },
  },
  {
    name: 'port forbidden',
    documented:
      'exit code 4; an event and the log line name the port that the system refuses, and no crash card is kept; failed after max_reconnect_attempts',
    run: async (stage) => {
      const name = 'port_forbidden'
      const real = await withPortForbidden([
        ...[process.execPath, path.join(ROOT_DIR, 'scripts', 'backend.mjs')],
        ...['eeg', '--port', '{port}'],
      ])
      const section = await faulty('port_forbidden', [], {
        max_reconnect_attempts: 1,
        ...real,
      })
      const plane = await stage.open({ [name]: section })
      const { detail } = await failed(plane, name)
      const starts = (await plane.link.events(name)).filter(({ kind }) => kind === 'start_failed')
      demand(starts.length === 2, `${starts.length} starts failed instead of 2`)
      const [start] = starts
      demand(
        real === null || start?.message.includes(String(real.port)) === true,
        `the event names another port than ${real?.port}: ${start?.message}`,
      )
      const cards = await plane.link.cards(name, 0)
      demand(cards.length === 0, `a card was kept: ${cards[0]?.exit.words}`)
      const how =
        real === null
          ? 'simulated, since this system forbids no port from 1024 on: a program prints the error of Node for port 80'
          : `eeg under a kernel that forbids port ${real.port}`
      return `${how}: ${start?.message} failed: ${detail}`
    },
  },
  {
    name: 'model file missing',
    documented:
      'exit code 3, a reason that names the file, the cause on the card; failed after max_reconnect_attempts',
    run: (stage) => unusable(stage, 'model_missing', 'none.onnx', () => undefined),
  },
  {
    name: 'model file corrupt',
    documented:
      'exit code 3, a reason that names the file, the cause on the card; failed after max_reconnect_attempts',
    run: (stage) =>
      unusable(stage, 'model_corrupt', 'half.onnx', (file) => {
        const whole = colourMeansModel(TINY_SIDE)
        writeFileSync(file, whole.subarray(0, whole.length / 2))
      }),
  },
])

async function unusable(
  stage: Stage,
  cause: 'model_missing' | 'model_corrupt',
  fileName: string,
  make: (file: string) => void,
): Promise<string> {
  const file = path.join(stage.folder, fileName)
  make(file)
  const section = await onnx(file, { max_reconnect_attempts: 1 })
  const plane = await stage.open({ [cause]: section })
  const { detail } = await failed(plane, cause)
  demand(
    detail?.includes(fileName) === true && /1 restart was tried/.test(detail),
    `failed with: ${detail}`,
  )
  const cards = await plane.link.cards(cause, 2)
  for (const { exit, cause: found } of cards) {
    demand(exit.code === EXIT_CODES.model_unavailable, `a card shows: ${exit.words}`)
    demand(found?.code === cause, `a card names ${found?.code ?? 'no cause'}`)
  }
  const outcomes = await (await stage.requests(plane, cause)).ask(2)
  demand(areAll(outcomes, 'not_ready'), `requests were answered ${outcomes.join(', ')}`)
  return `failed: ${detail}`
}

const failed = ({ link }: Plane, name: string) =>
  link.backendWhere(name, 'failed', ({ state }) => state === 'failed')

/** The side that closes first, here the port, keeps the connection in TIME_WAIT. */
async function leaveTimeWait(port: number): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end()
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  const client = connect({ port, host: '127.0.0.1' })
  client.resume()
  await once(client, 'close')
  await new Promise((resolve) => server.close(resolve))
}
