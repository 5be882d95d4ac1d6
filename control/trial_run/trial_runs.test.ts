import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterEach, expect, it } from 'vitest'
import { facePicture } from '../../testing/pictures.ts'
import { freePort, isAlive } from '../../testing/processes.ts'
import { endPanels, startHeadless, type Panel } from '../../testing/headless.ts'
import { inferenceRequest } from '../../testing/wire_client.ts'
import type { TrialRunView } from '../../protocol/trial_run.ts'
import { LogStore } from '../logs/log_store.ts'
import { ProcessTracker } from '../processes/process_tracker.ts'
import { createProcessReader } from '../processes/process_reader.ts'
import { StartSlots } from '../supervisor/start_slots.ts'
import { FakeMachine, POLITE } from '../supervisor/testing/fake_process.ts'
import { TrialRuns } from './trial_runs.ts'

afterEach(endPanels)

/** No section of the file is needed for a trial run. */
const open = () => startHeadless('model_backends: {}\n')
const begin = (panel: Panel, name: string, section: Record<string, unknown>) =>
  panel.call('trials.begin', { name, section })

async function viewWhere(
  panel: Panel,
  holds: (view: TrialRunView) => boolean,
): Promise<TrialRunView> {
  for (;;) {
    const { trial } = await panel.call('trials.view', {})
    if (trial !== null && holds(trial)) return trial
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

it('starts, answers one real request, and ends with its process', async () => {
  const panel = await open()
  await begin(panel, 'emotion', { port: await freePort() })
  const ready = await viewWhere(panel, (view) => view.is_ready)
  expect(ready).toMatchObject({ name: 'emotion', state: 'ready', has_failed: false })
  expect(ready.lines.length).toBeGreaterThan(0)
  const message = JSON.stringify(inferenceRequest('try', facePicture(1)))
  const answer = await panel.call('trials.send', { message })
  expect(JSON.parse(answer.text)).toMatchObject({ type: 'inference_response', request_id: 'try' })
  await panel.call('trials.end', {})
  expect(isAlive(ready.pid ?? 0)).toBe(false)
  expect(await panel.call('trials.view', {})).toEqual({ trial: null })
})

it('a message that is larger than one call comes in parts', async () => {
  const panel = await open()
  await begin(panel, 'emotion', { port: await freePort(), max_message_bytes: 6_000_000 })
  const ready = await viewWhere(panel, (view) => view.is_ready)
  expect(ready.image_size).toEqual({ width: 1280, height: 1280 })
  const side = 1100
  const noise = Buffer.from(
    Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 7919) >> (at % 5)),
  )
  const picture = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer()
  const message = JSON.stringify(inferenceRequest('try', picture))
  const parts = message.match(/[^]{1,500000}/g) ?? []
  expect(parts.length).toBeGreaterThan(2)
  for (const part of parts.slice(0, -1)) await panel.call('trials.append', { upload: 'u', part })
  const answer = await panel.call('trials.send', { upload: 'u', message: parts.at(-1) ?? '' })
  expect(JSON.parse(answer.text)).toMatchObject({
    type: 'inference_response',
    data: { image: { width: side, height: side } },
  })
  const part = 'x'.repeat(900_000)
  for (let sent = part.length; sent < 6_000_000; sent += part.length) {
    await panel.call('trials.append', { upload: 'v', part })
  }
  await expect(panel.call('trials.append', { upload: 'v', part })).rejects.toMatchObject({
    code: 'too_large',
    message: expect.stringContaining('6000000 bytes of max_message_bytes') as string,
  })
  await panel.call('trials.end', {})
  await expect(panel.call('trials.append', { upload: 'w', part })).rejects.toMatchObject({
    code: 'no_trial',
  })
})

it('a program that exits fails immediately, with its last lines', async () => {
  const panel = await open()
  await begin(panel, 'smoke', {
    runtime: 'command',
    port: await freePort(),
    command: [process.execPath, '-e', "console.error('no such module: torch'); process.exit(1)"],
  })
  const failed = await viewWhere(panel, (view) => view.has_failed)
  expect(failed.detail).toMatch(/exit code 1/)
  expect(failed.lines.map(({ message }) => message).join()).toContain('no such module: torch')
})

it('a program that lacks a module fails with the command that installs it', async () => {
  const panel = await open()
  const line = "ModuleNotFoundError: No module named 'websockets'"
  await begin(panel, 'smoke', {
    runtime: 'command',
    port: await freePort(),
    command: [process.execPath, '-e', `console.error(${JSON.stringify(line)}); process.exit(1)`],
  })
  const failed = await viewWhere(panel, (view) => view.has_failed && view.cause !== null)
  expect(failed.cause?.code).toBe('python_module_missing')
  expect(failed.cause?.remedy).toContain('-m pip install websockets')
})

it('another trial ends the one before', async () => {
  const panel = await open()
  const section = {
    runtime: 'command',
    port: await freePort(),
    command: [process.execPath, '-e', 'setInterval(() => undefined, 1000)'],
  }
  await begin(panel, 'first', section)
  const { pid } = await viewWhere(panel, (view) => view.pid !== null)
  await begin(panel, 'second', section)
  expect(isAlive(pid ?? 0)).toBe(false)
  expect((await viewWhere(panel, () => true)).name).toBe('second')
})

it('a section that is not a good one, and a name that is none, are refused with the reason', async () => {
  const panel = await open()
  await expect(begin(panel, 'smoke', { runtime: 'command', port: 9000 })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('command') as string,
  })
  await expect(begin(panel, 'No Name', { port: 9000 })).rejects.toMatchObject({
    message: expect.stringContaining('"No Name" is not a valid backend name') as string,
  })
  await expect(panel.call('trials.send', { message: '{}' })).rejects.toMatchObject({
    code: 'no_trial',
  })
})

it('an address where nobody listens fails, with the reason', async () => {
  const panel = await open()
  const port = await freePort()
  await begin(panel, 'lab', { runtime: 'external', host: '127.0.0.1', port })
  const failed = await viewWhere(panel, (view) => view.has_failed)
  expect(failed).toMatchObject({
    state: 'unreachable',
    detail: `nothing listens at 127.0.0.1:${port} (connection refused)`,
  })
  await panel.call('trials.end', {})
  expect(await panel.call('trials.view', {})).toEqual({ trial: null })
})

it('a trial whose start throws shows the reason and can be ended', async () => {
  const machine = new FakeMachine(() => POLITE)
  const logs = new LogStore(() => Date.now())
  const trials = new TrialRuns({
    launcherFor: () => {
      throw new Error('Invalid URL: ws://[my host]:9000')
    },
    tokenFor: () => null,
    logs,
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    random: () => 0.5,
    stops: machine.stopAudit(),
    slots: new StartSlots(4),
    tracker: new ProcessTracker({
      folder: path.join(tmpdir(), 'trials-without-a-process'),
      reader: createProcessReader(),
      now: () => Date.now(),
      logs: { say: () => undefined },
    }),
    reservedPorts: () => new Set(),
  })
  await trials.begin('smoke', { runtime: 'command', port: await freePort(), command: ['x'] })
  expect(trials.view()).toMatchObject({
    state: 'failed',
    has_failed: true,
    detail: 'internal error: Invalid URL: ws://[my host]:9000',
  })
  await trials.close()
  expect(trials.view()).toBeNull()
  const late = trials.begin('smoke', { runtime: 'external', port: 9000 })
  await expect(late).rejects.toThrow('Switchyard is shutting down.')
})

it('an address that cannot be part of a URL is refused, and the next trial begins', async () => {
  const panel = await open()
  const port = await freePort()
  for (const host of ['192.168.1.300', 'http://127.0.0.1', 'my host', 'lab-2:8773']) {
    await expect(begin(panel, 'lab', { runtime: 'external', host, port })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`host is "${host}": `) as string,
    })
    await expect(panel.call('ports.look', { host, port })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  }
  await begin(panel, 'lab', { runtime: 'external', hosts: [`localhost:${port}`] })
  expect(await viewWhere(panel, () => true)).toMatchObject({ name: 'lab', port })
  await panel.call('trials.end', {})
})

it('goes away with the control plane', async () => {
  const panel = await open()
  await begin(panel, 'emotion', { port: await freePort() })
  const { pid } = await viewWhere(panel, (view) => view.pid !== null)
  panel.process.signal('SIGTERM')
  await panel.process.exited
  expect(isAlive(pid ?? 0)).toBe(false)
})
