import { readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { ConfigEditMessage } from '../protocol/config_edits.ts'
import type { Snapshot } from '../protocol/control.ts'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { freePort, until } from '../testing/processes.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'

afterEach(endPanels)

const FAST = 'enabled: true, health_interval: 0.3, reconnect_interval: 0.5, threads: 1'
const line = (name: string, port: number, more = '') =>
  `  ${name}: { port: ${port}, ${FAST}${more} } # ${name}'s own\n`
const fileOf = (...lines: string[]) => `model_backends:\n${lines.join('')}`

const areReady = ({ backends }: Snapshot) =>
  backends.length === 2 && backends.every(({ state }) => state === 'ready')
const pidsOf = ({ backends }: Snapshot) => backends.map(({ pid }) => pid)

async function startTwo(): Promise<{ panel: Panel; ports: [number, number]; ready: Snapshot }> {
  const ports: [number, number] = [await freePort(), await freePort()]
  const panel = await startHeadless(fileOf(line('eeg', ports[0]), line('fatigue', ports[1])))
  return { panel, ports, ready: await panel.snapshotWhere(areReady) }
}

it('another request_timeout applies immediately, and no process is restarted', async () => {
  const { panel, ports, ready } = await startTwo()
  writeFileSync(
    panel.file,
    fileOf(line('eeg', ports[0], ', request_timeout: 7'), line('fatigue', ports[1])),
  )
  await panel.process.waitFor(/eeg: config: request_timeout takes effect immediately/)
  await until('the process to be notified', async () => {
    const { lines } = await panel.call('logs.search', {
      query: { pattern: 'request_timeout is 7 s', sources: ['eeg'] },
      limit: 1,
    })
    return lines.length === 1
  })
  const later = await panel.snapshotWhere(areReady)
  expect(pidsOf(later)).toEqual(pidsOf(ready))
})

it('another port restarts its backend alone', async () => {
  const { panel, ports, ready } = await startTwo()
  const other = await freePort()
  writeFileSync(panel.file, fileOf(line('eeg', other), line('fatigue', ports[1])))
  const moved = await panel.snapshotWhere(
    (snapshot) => snapshot.backends[0]?.port === other && areReady(snapshot),
  )
  expect(pidsOf(moved)[0]).not.toBe(pidsOf(ready)[0])
  expect(pidsOf(moved)[1]).toBe(pidsOf(ready)[1])
  const direct = await connect(`ws://localhost:${other}`)
  expect(await direct.ask({ type: 'health_check' })).toMatchObject({ status: 'healthy' })
  await direct.close()
})

it('a configuration with which a backend does not come up is taken back as a whole', async () => {
  const { panel, ports } = await startTwo()
  const before = readFileSync(panel.file, 'utf8')
  writeFileSync(
    panel.file,
    fileOf(
      line('eeg', ports[0], ', options: { no_such_option: 1 }'),
      line('fatigue', ports[1], ', queue_limit: 7'),
    ),
  )
  const refused = await panel.snapshotWhere(
    (snapshot) => snapshot.plane.config.problems.length > 0 && areReady(snapshot),
  )
  expect(refused.plane.config.problems).toMatchObject([
    {
      line: 2,
      key: 'model_backends.eeg.options',
      message: expect.stringMatching(
        /^eeg keeps its previous options\. With the new options: .*no_such_option/,
      ) as string,
      taken_back: 'eeg',
    },
  ])
  expect(refused.backends.map(({ queue_limit }) => queue_limit)).toEqual([256, 256])
  writeFileSync(panel.file, before)
  await panel.snapshotWhere(({ plane }) => plane.config.problems.length === 0)
})

it('a port that another program holds is taken back with its holder and a free port, in one event', async () => {
  const { panel, ports } = await startTwo()
  const cards = await panel.call('crashes.list', {})
  const server = createServer((socket) => socket.destroy()).listen(0, 'localhost')
  await once(server, 'listening')
  const { port: held } = server.address() as AddressInfo
  writeFileSync(panel.file, fileOf(line('eeg', held), line('fatigue', ports[1])))
  const refused = await panel.snapshotWhere(
    (snapshot) => snapshot.plane.config.problems.length > 0 && areReady(snapshot),
  )
  const [problem] = refused.plane.config.problems
  expect(problem).toMatchObject({
    line: 2,
    key: 'model_backends.eeg.port',
    taken_back: 'eeg',
    holder: { pid: process.pid },
    message: expect.stringMatching(
      new RegExp(
        `^eeg keeps its old port ${ports[0]}\\. Port ${held} is already in use by \\S+ \\(pid ${process.pid}\\)\\.$`,
      ),
    ) as string,
    remedy: `Use ${problem?.free_port}, or stop that program.`,
  })
  expect(problem?.free_port).toBeGreaterThan(held)
  const { events } = await panel.call('events.list', {})
  expect(events.filter(({ kind }) => kind === 'crash')).toEqual([])
  const takenBack = events.filter(({ taken_back: isTakenBack }) => isTakenBack === true)
  expect(takenBack).toMatchObject([
    { kind: 'config', backend: 'eeg', message: `${problem?.message} ${problem?.remedy}` },
  ])
  // A rejected start is an event, not a crash.
  const refusals = events.filter(({ kind }) => kind === 'start_failed')
  expect(refusals.length).toBeGreaterThan(0)
  expect(refusals.filter((event) => event.crash_id !== undefined)).toEqual([])
  expect(await panel.call('crashes.list', {})).toEqual(cards)
  server.close()
})

it('a switch for the next start of Switchyard is written, and the backend that serves keeps its process', async () => {
  const { panel, ready } = await startTwo()
  const { text } = await panel.call('config.read', {})
  const edit: ConfigEditMessage = { edit: 'set', backend: 'eeg', path: ['enabled'], value: false }
  await panel.call('config.edit', { text, edits: [edit], at_next_start: true })
  await panel.process.waitFor(/eeg: config: enabled is false from the next start of Switchyard on/)
  expect(pidsOf(await panel.snapshotWhere(areReady))).toEqual(pidsOf(ready))
  expect(readFileSync(panel.file, 'utf8')).toMatch(/eeg: .*enabled: false/)
  // The same change by an editor still stops it.
  writeFileSync(panel.file, text)
  await panel.process.waitFor(/eeg: config: enabled is true now: it starts/)
  writeFileSync(panel.file, text.replace('enabled: true', 'enabled: false'))
  await panel.process.waitFor(/eeg: config: enabled is false now: it stops/)
  await panel.snapshotWhere(({ backends }) => backends[0]?.state === 'disabled')
})

it('edits through the ControlApi keep comments, and are refused over a file that has changed', async () => {
  const { panel, ports } = await startTwo()
  const { text } = await panel.call('config.read', {})
  const edits: ConfigEditMessage[] = [
    { edit: 'set', backend: 'eeg', path: ['request_timeout'], value: 9 },
  ]
  const edited = await panel.call('config.edit', { text, edits })
  expect(edited.text).toContain("request_timeout: 9 } # eeg's own")
  expect(readFileSync(panel.file, 'utf8')).toBe(edited.text)
  expect(await panel.call('config.edit', { text, edits })).toMatchObject({
    problems: [{ message: expect.stringMatching(/changed/) as string }],
  })
  const taken: ConfigEditMessage[] = [
    { edit: 'set', backend: 'eeg', path: ['port'], value: ports[1] },
  ]
  const clash = await panel.call('config.edit', { text: edited.text, edits: taken })
  expect(clash).toMatchObject({ problems: [{ key: 'model_backends.fatigue.port' }] })
  expect(readFileSync(panel.file, 'utf8')).toBe(edited.text)
})

it('replicas share the requests of their backend', async () => {
  const port = await freePort()
  const panel = await startHeadless(fileOf(line('eeg', port, ', replicas: 2')))
  await panel.snapshotWhere(areReady)
  const client = await connect(`${panel.ws}/backends/eeg`)
  const signal = Array.from({ length: 600 }, (_, index) => [Math.sin(index), Math.cos(index)])
  const requests = Array.from({ length: 8 }, (_, index) => ({
    ...inferenceRequest(`r${index}`, Buffer.alloc(0)),
    data: { eeg_signal: signal, sampling_rate: 250 },
  }))
  for (const request of requests) client.send(request)
  for (const _ of requests) {
    expect(await client.next()).toMatchObject({ type: 'inference_response' })
  }
  const shared = await panel.snapshotWhere(({ backends }) =>
    backends.every((one) => one.requests > 0),
  )
  expect(shared.backends.map(({ name, port: at }) => `${name} ${at - port}`)).toEqual([
    'eeg-1 0',
    'eeg-2 1',
  ])
  await client.close()
})
