/**
 * `npm run soak -- --chaos`: runs Switchyard with several backends while a seeded storm edits its configuration,
 * kills and stops processes, floods logs and sends invalid data. Steady clients run beside it; each request must get
 * exactly one reply. At the end nothing may have grown or leaked, and Switchyard must exit cleanly.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import sharp from 'sharp'
import { WebSocket } from 'ws'
import { ProcessSnapshot } from '../faults/process_snapshot.ts'
import { PanelLink } from '../faults/panel_link.ts'
import { RequestFlow } from '../faults/request_flow.ts'
import { faulty, faultyCommand, onnx, TINY_SIDE, type Section } from '../faults/sections.ts'
import { ControlError, messageOf } from '../protocol/errors.ts'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { facePicture } from '../testing/pictures.ts'
import { endStarted, freePort, ROOT_DIR, startNode, until } from '../testing/processes.ts'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { inferenceRequest, type Message } from '../testing/wire_client.ts'
import { judgeGrowth, type UsageSample } from './harness/growth.ts'

/** Modest, for two shared cores. */
const ASK_MS = 250
const IN_FLIGHT_MAX = 20
const ACT_MS_MAX = 1500
const SAMPLE_MS = 2000
const SETTLING_SHARE = 0.4
/** Longer than request_timeout and its grace. */
const ANSWERS_MS_MAX = 45_000
const END_MS_MAX = 60_000
/** Resource limits of Switchyard. */
const LIMITS = {
  /** Total growth of buffers that fill once (lines, metrics, heap), so that a slow leak shows only in a long run. */
  fillingMiB: 120,
  /** The smallest slope above allocator noise in a run of a few minutes. */
  rssMiBPerMinute: 20,
  /** A client that connects or leaves between two samples moves the line by one or two. */
  handlesPerMinute: 6,
  /** Port limits: 512 MiB of unfinished messages, as much again in the gateway, and Switchyard itself. */
  rssMiBMax: 1400,
  /** Log files are opened and closed meanwhile. */
  moreHandlesMax: 10,
}
/** After the storm, for sockets that are closing. */
const HANDLES_MS_MAX = 30_000
/** As many as Switchyard holds. */
const FLOOD_LINES = 100_000
const KEYS = { request_timeout: 10, health_interval: 1, reconnect_interval: 0.2 }
/** The storm has two cores, so models get one thread. */
const ONE_THREAD = { providers: ['cpu'], sessions: 1, threads: 1 }
const PYTHON = '/usr/bin/python3'
const PYTHON_BACKEND = path.join(ROOT_DIR, 'examples/python-backend/backend.py')
const NEVER_GIVES_UP = { ...KEYS, max_reconnect_attempts: 1000 }

type Random = () => number
type Act = (storm: Storm) => Promise<void> | void

interface Storm {
  random: Random
  panel: Panel
  link: PanelLink
  sections: Record<string, Section>
  /** Processes to continue before the end. */
  stopped: Set<number>
}

/** True if all checks passed. */
export async function runChaos(given: { minutes: number; seed: number }): Promise<boolean> {
  const { minutes, seed } = given
  console.log(`chaos: ${minutes} min, --seed ${seed}`)
  const random = randomOf(seed)
  const sections = await sectionsOf()
  const external = startExternal(Number(sections['lab']?.port))
  const panel = await startHeadless(JSON.stringify({ model_backends: sections }))
  const processes = new ProcessSnapshot(panel.process.pid)
  const problems: string[] = []
  try {
    panel.control.dispose()
    const link = await PanelLink.open(panel)
    const storm: Storm = { random, panel, link, sections, stopped: new Set() }
    const flows = await Promise.all(
      Object.keys(sections).map(async (name) => ({
        name,
        flow: await RequestFlow.open(panel.ws, name),
      })),
    )
    for (const name of Object.keys(sections)) await link.ready(name)
    const before = usageOf(panel.process.pid)
    const payloads = await payloadsOf()
    const asking = setInterval(() => {
      for (const { name, flow } of flows) {
        if (flow.waiting < IN_FLIGHT_MAX) flow.send(1, payloads[name] ?? payloads['other'])
      }
    }, ASK_MS)
    const { samples, acts } = await rage(storm, minutes, problems)
    clearInterval(asking)
    await calm(storm)
    await waitUntil(() => flows.every(({ flow }) => flow.waiting === 0), ANSWERS_MS_MAX)
    for (const { name, flow } of flows) {
      problems.push(...flow.faults())
      if ((flow.tally()['ok'] ?? 0) === 0) problems.push(`${name} has answered no request`)
      console.log(`${name.padEnd(10)} ${flow.count} sent  ${JSON.stringify(flow.tally())}`)
    }
    problems.push(...(await leftBy(before, samples, panel)))
    for (const { flow } of flows) await flow.close()
    console.log(`acts       ${JSON.stringify(acts)}`)
    link.close()
    await external.stop()
    problems.push(...(await endOf(panel, processes)))
    const settled = samples.filter((one) => one.minutes >= minutes * SETTLING_SHARE)
    const limits = {
      rssMiBPerMinute: Math.max(LIMITS.rssMiBPerMinute, LIMITS.fillingMiB / minutes),
      handlesPerMinute: LIMITS.handlesPerMinute,
    }
    if (judgeGrowth(settled, limits)) problems.push('memory or handles grow')
  } catch (error) {
    problems.push(messageOf(error))
  } finally {
    await external.stop()
    await endPanels()
    await endStarted()
    await processes.clear()
  }
  for (const problem of problems.slice(0, 50)) console.log(`FAULT ${problem}`)
  const verdict = problems.length === 0 ? 'all held' : `${problems.length} faults`
  console.log(`${verdict}; again with --seed ${seed}`)
  return problems.length === 0
}

/** What Switchyard holds beyond its state before the storm, with the same backends and clients. */
async function leftBy(
  before: Omit<UsageSample, 'minutes'> | null,
  samples: readonly UsageSample[],
  panel: Panel,
): Promise<string[]> {
  if (before === null) return []
  const now = () => usageOf(panel.process.pid) ?? before
  const handlesMax = before.handles + LIMITS.moreHandlesMax
  await waitUntil(() => now().handles <= handlesMax, HANDLES_MS_MAX)
  const { handles, rssMiB } = now()
  const peakMiB = Math.max(...samples.map((one) => one.rssMiB))
  console.log(
    `plane      ${before.rssMiB.toFixed(0)} MiB and ${before.handles} handles before, ${rssMiB.toFixed(0)} MiB and ${handles} after, ${peakMiB.toFixed(0)} MiB at most`,
  )
  return [
    ...(handles <= handlesMax ? [] : [`${handles} handles are open; before, ${before.handles}`]),
    ...(peakMiB <= LIMITS.rssMiBMax ? [] : [`the control plane took ${peakMiB.toFixed(0)} MiB`]),
  ]
}

async function sectionsOf(): Promise<Record<string, Section>> {
  const model = path.join(tmpdir(), `switchyard-chaos-${process.pid}.onnx`)
  writeFileSync(model, colourMeansModel(TINY_SIDE))
  return {
    eeg: { enabled: true, port: await freePort(), ...ONE_THREAD, ...NEVER_GIVES_UP },
    emotion: { enabled: true, port: await freePort(), ...ONE_THREAD, ...NEVER_GIVES_UP },
    ...(await pythonSection()),
    tiny: await onnx(model, NEVER_GIVES_UP),
    other: await faulty('none', [], NEVER_GIVES_UP),
    chatty: await faulty('flood', ['--size', String(FLOOD_LINES)], NEVER_GIVES_UP),
    lab: { runtime: 'external', enabled: true, port: await freePort(), ...KEYS },
  }
}

async function pythonSection(): Promise<Record<string, Section>> {
  if (spawnSync(PYTHON, ['-c', 'import websockets']).status !== 0) {
    console.warn(`left out: ${PYTHON} with the package websockets, for the backend in Python`)
    return {}
  }
  const command = [PYTHON, PYTHON_BACKEND, '--host', '{host}', '--port', '{port}']
  const port = await freePort()
  return { python: { runtime: 'command', enabled: true, port, command, ...NEVER_GIVES_UP } }
}

/** An external program, restarted whenever the storm kills it. */
function startExternal(port: number) {
  let isOver = false
  const start = () => {
    const [, ...args] = faultyCommand('none')
    const fill = (arg: string) => arg.replace('{host}', 'localhost').replace('{port}', String(port))
    return startNode(args.map(fill))
  }
  let running = start()
  const keep = (async () => {
    while (!isOver) {
      await running.exited
      await delay(1000)
      // Read after the wait: stop() may have been called meanwhile.
      if (!(isOver as boolean)) running = start()
    }
  })()
  return {
    stop: async () => {
      if (isOver) return
      isOver = true
      running.signal('SIGTERM')
      await keep
    },
  }
}

async function payloadsOf(): Promise<Record<string, (id: string) => Message>> {
  const raw = { width: TINY_SIDE, height: TINY_SIDE, channels: 3 } as const
  const pixels = Buffer.alloc(TINY_SIDE * TINY_SIDE * 3, 90)
  const picture = await sharp(pixels, { raw }).png().toBuffer()
  const rows = Array.from({ length: 256 }, (_, at) => [
    Math.sin(at / 5) * 20,
    Math.cos(at / 7) * 20,
  ])
  const faces = ([1, 2, 3, 4, 5, 6] as const).map(facePicture)
  let next = 0
  return {
    emotion: (id) => inferenceRequest(id, faces[next++ % faces.length] ?? picture),
    eeg: (id) => ({
      type: 'inference_request',
      request_id: id,
      data: { eeg_signal: rows, sampling_rate: 128 },
    }),
    other: (id) => inferenceRequest(id, picture),
  }
}

/** Performs acts until the time is up. */
async function rage(storm: Storm, minutes: number, problems: string[]) {
  const begunMs = performance.now()
  const elapsed = () => (performance.now() - begunMs) / 60_000
  const samples: UsageSample[] = []
  const sampling = setInterval(() => {
    const usage = usageOf(storm.panel.process.pid)
    if (usage !== null) samples.push({ minutes: elapsed(), ...usage })
  }, SAMPLE_MS)
  const acts: Record<string, number> = {}
  const names = Object.keys(ACTS)
  const going: Promise<void>[] = []
  while (elapsed() < minutes) {
    const name = pick(storm.random, names)
    acts[name] = (acts[name] ?? 0) + 1
    const act = Promise.resolve(ACTS[name]?.(storm)).catch((error: unknown) => {
      problems.push(`${name} after ${elapsed().toFixed(2)} min: ${messageOf(error)}`)
    })
    going.push(act)
    await delay(storm.random() * ACT_MS_MAX)
  }
  await Promise.all(going)
  clearInterval(sampling)
  return { samples, acts }
}

const ACTS: Record<string, Act> = {
  'edit, valid': ({ panel, sections, random }) => {
    const kept = Object.entries(sections).filter(() => random() < 0.85)
    const changed = kept.map(([name, section]) => [
      name,
      random() < 0.3 ? { ...section, request_timeout: 5 + Math.floor(random() * 10) } : section,
    ])
    save(panel.file, JSON.stringify({ model_backends: Object.fromEntries(changed) as object }))
  },
  'edit, invalid': ({ panel, sections, random }) => {
    const other = sections['other']
    const texts = [
      'model_backends: [',
      '',
      JSON.stringify({ model_backends: { ...sections, other: { ...other, host: 'my host' } } }),
      JSON.stringify({ model_backends: { ...sections, other: { ...other, port: 'many' } } }),
      JSON.stringify({ model_backends: { ...sections, twin: other } }),
      'a: &a [*a, *a]\n',
    ]
    save(panel.file, pick(random, texts))
  },
  kill: (storm) => {
    signalOne(storm, 'SIGKILL')
  },
  'stop and continue': async (storm) => {
    const pid = signalOne(storm, 'SIGSTOP')
    if (pid === null) return
    storm.stopped.add(pid)
    await delay(500 + storm.random() * 3000)
    signal(pid, 'SIGCONT')
    storm.stopped.delete(pid)
  },
  switch: async ({ link, random }) => {
    const names = link.snapshot.backends.map(({ name }) => name)
    if (names.length === 0) return
    const name = pick(random, names)
    const method = pick(random, ['backends.start', 'backends.stop', 'backends.restart'] as const)
    // It may have been removed from the configuration meanwhile.
    await link.call(method, { name }).catch(unlessUnknown)
  },
  garbage: async ({ panel, random }) => {
    const socket = await rudeClient(panel, random)
    if (socket === null) return
    const many = Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`).join(',')
    const texts = ['{', '[]', '{"type":7}', '\u0000', `{${many}}`, '['.repeat(5000)]
    for (let count = 0; count < 20; count++) socket.send(pick(random, texts))
    socket.send(Buffer.alloc(4 * 1024 ** 2, 7))
    await delay(random() * 1000)
    socket.terminate()
  },
  'unfinished message': async ({ panel, random }) => {
    const { hostname, port } = new URL(panel.http)
    const socket = net.connect({ host: hostname, port: Number(port) })
    socket.on('error', () => undefined)
    const head = `GET /backends/other HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
    socket.write(
      `${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    )
    await delay(200)
    // The header of a masked frame of 64 MiB.
    socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]))
    socket.write(Buffer.alloc(2 * 1024 ** 2, 'x'))
    await delay(random() * 5000)
    socket.destroy()
  },
  'client that vanishes': async ({ panel, random }) => {
    const socket = await rudeClient(panel, random)
    if (socket === null) return
    for (let at = 0; at < 30; at++) {
      const request = inferenceRequest(`gone-${random()}`, Buffer.from(String(at)))
      socket.send(JSON.stringify(request))
    }
    socket.terminate()
  },
  'slow reader': async ({ panel, random }) => {
    const socket = await rudeClient(panel, random)
    if (socket === null) return
    socket.pause()
    for (let at = 0; at < 2000; at++) socket.send('{"type":"health_check"}')
    await delay(1000 + random() * 4000)
    socket.terminate()
  },
  'panel that comes and goes': async ({ panel, random }) => {
    const link = await PanelLink.open(panel)
    await link.call('logs.follow', { filter: {}, limit: 1000 })
    const [first] = link.snapshot.backends
    if (first !== undefined) {
      await link.call('metrics.query', { names: [first.name], range: '5m' }).catch(unlessUnknown)
    }
    if (random() < 0.5) await link.call('session.pause', {})
    await delay(random() * 3000)
    link.close()
  },
}

const unlessUnknown = (error: unknown) => {
  if (!(error instanceof ControlError && error.code === 'unknown_backend')) throw error
}

/** Atomically, as editors save. */
function save(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

/** Signals one of the backend processes; returns its pid. */
function signalOne({ link, random }: Storm, name: NodeJS.Signals): number | null {
  const pids = link.snapshot.backends.flatMap(({ pid }) => (pid === null ? [] : [pid]))
  if (pids.length === 0) return null
  const pid = pick(random, pids)
  return signal(pid, name) ? pid : null
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name)
    return true
  } catch {
    // It has exited meanwhile.
    return false
  }
}

/** null if the connection is rejected because there are too many. */
function rudeClient({ ws }: Panel, random: Random): Promise<WebSocket | null> {
  const socket = new WebSocket(
    `${ws}/backends/${pick(random, ['eeg', 'emotion', 'tiny', 'other', 'chatty'])}`,
  )
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve(socket)
    })
    socket.on('error', () => {
      resolve(null)
    })
  })
}

/** Reverts whatever keeps the backends from serving. */
async function calm({ panel, sections, stopped, link }: Storm): Promise<void> {
  for (const pid of stopped) signal(pid, 'SIGCONT')
  save(panel.file, JSON.stringify({ model_backends: sections }))
  await until('the good configuration to be in force', () => {
    const { problems } = link.snapshot.plane.config
    return problems.length === 0 && link.snapshot.backends.length === Object.keys(sections).length
  })
  await link.call('backends.start_all', {})
  for (const name of Object.keys(sections)) await link.ready(name)
}

async function endOf(panel: Panel, processes: ProcessSnapshot): Promise<string[]> {
  panel.process.signal('SIGTERM')
  const timeout = delay(END_MS_MAX, null, { ref: false })
  const end = await Promise.race([panel.process.exited, timeout])
  if (end === null) return [`the control plane has not ended ${END_MS_MAX / 1000} s after SIGTERM`]
  const left = await processes.end()
  return [
    ...(end.code === 0 ? [] : [`the control plane ended with ${end.code ?? end.signal}`]),
    ...(left.length === 0 ? [] : [`pid ${left.join(', ')} outlived the control plane`]),
  ]
}

async function waitUntil(check: () => boolean, msMax: number): Promise<void> {
  const deadline = performance.now() + msMax
  while (!check() && performance.now() < deadline) await delay(100)
}

/** Linux only: elsewhere nothing is sampled. */
function usageOf(pid: number): Omit<UsageSample, 'minutes'> | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN)
    return { rssMiB: kibibytes / 1024, handles: readdirSync(`/proc/${pid}/fd`).length }
  } catch {
    return null
  }
}

/** @throws RangeError when there is nothing to pick from */
function pick<T>(random: Random, from: readonly T[]): T {
  const index = Math.floor(random() * from.length)
  if (!(index in from)) throw new RangeError('nothing to pick from')
  return from[index] as T
}

/** mulberry32: small, and the same on every machine. */
function randomOf(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
