/**
 * R17: `runtime: onnx` against other ways to serve the same file, with the same threads, pictures and client. The peers are
 * Python programs (bench/peers/) in environments of their own from PyPI; without it they are reported as not measured.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { freePort, ROOT_DIR } from '../testing/processes.ts'
import type { Picture, Target } from './harness/load_plan.ts'
import { percentile, withServer, type Harness } from './harness/harness.ts'
import { format, type Row } from './harness/row.ts'
import { startBackend } from './harness/server_process.ts'
import { median, rangeOf } from './harness/statistics.ts'
import { openNodeSocket } from '../client/node_socket.ts'
import { BackendClient } from '../client/backend_client.ts'

interface Peer {
  name: string
  packages: readonly string[]
  script: string
  form: Target['form']
  urlOf(port: number): string
}

/** The same version as ours, so that only the server differs. */
const COMMON = ['onnxruntime==1.30.0', 'opencv-python-headless==5.0.0.93', 'numpy==2.4.6']
const PEERS: readonly Peer[] = [
  {
    name: 'websockets',
    packages: ['websockets==17.4'],
    script: 'plain_websockets.py',
    form: 'message',
    urlOf: (port) => `ws://127.0.0.1:${port}`,
  },
  {
    name: 'FastAPI',
    packages: ['fastapi==0.165.0', 'uvicorn[standard]==0.54.0'],
    script: 'fastapi_server.py',
    form: 'post',
    urlOf: (port) => `http://127.0.0.1:${port}/`,
  },
]
const MODELS = ['mobilenet', 'tiny'] as const
const CLIENTS = [1, 4, 16, 64]
const CACHE = path.join(ROOT_DIR, '.cache/peers')
const SCRIPTS = path.join(ROOT_DIR, 'bench/peers')
const READY_MS_MAX = 60_000

export async function measurePeers(harness: Harness): Promise<Row[]> {
  mkdirSync(CACHE, { recursive: true })
  const tools = environment('models', ['onnx==1.23.2', 'numpy==2.4.6'])
  if (typeof tools !== 'string') return PEERS.map(({ name }) => notMeasured(name, tools.reason))
  run(tools, [path.join(SCRIPTS, 'make_models.py'), CACHE])
  const installed = PEERS.map((peer) => ({
    peer,
    python: environment(peer.name, [...COMMON, ...peer.packages]),
  }))
  const ready = installed.flatMap(({ peer, python }) =>
    typeof python === 'string' ? [{ peer, python }] : [],
  )
  const missing = installed.flatMap(({ peer, python }) =>
    typeof python === 'string' ? [] : [notMeasured(peer.name, python.reason)],
  )
  if (missing.length > 0)
    console.log(`R17  ${missing.length} of ${PEERS.length} peers are not measured`)
  const rows: Row[] = []
  for (const model of MODELS) rows.push(...(await measureModel(harness, model, ready)))
  return [...rows, ...missing]
}

interface Contender {
  name: string
  target: Target
}

async function measureModel(
  harness: Harness,
  model: string,
  peers: readonly { peer: Peer; python: string }[],
): Promise<Row[]> {
  const file = path.join(CACHE, `${model}.onnx`)
  const settings = {
    runtime: 'onnx',
    model: file,
    preprocess: { resize: 'linear' },
    output: { type: 'classification', classes: 1000 },
  }
  return withServer(startBackend(model, settings), async (server) => {
    const running: { stop(): Promise<void> }[] = []
    try {
      const others: Contender[] = []
      for (const { peer, python } of peers) {
        const started = await startPeer(peer, python, { file, threads: harness.cores })
        running.push(started)
        others.push({ name: peer.name, target: targetOf(peer.form, peer.urlOf(started.port)) })
      }
      const [small] = harness.pictures.small
      if (small === undefined) throw new Error('no picture was made')
      const ours = { name: 'Switchyard', target: targetOf('text', server.url) }
      const rows: Row[] = []
      for (const { bytes } of [small, harness.pictures.large]) {
        const picture = { bytes, expected: await classesOf(server.url, bytes) }
        for (const clients of CLIENTS) {
          rows.push(await compare(harness, { model, ours, others, picture, clients }))
        }
      }
      return rows
    } finally {
      for (const one of running) await one.stop()
    }
  })
}

const targetOf = (form: Target['form'], url: string): Target => ({
  url,
  form,
  replies: 'inference',
  pictures: [],
})

async function compare(
  harness: Harness,
  {
    model,
    ours,
    others,
    picture,
    clients,
  }: {
    model: string
    ours: Contender
    others: readonly Contender[]
    picture: Picture
    clients: number
  },
): Promise<Row> {
  const windowMs = harness.either(1000, 3000)
  const all = [ours, ...others]
  const measured = new Map(
    all.map(({ name }) => [name, [] as { perSecond: number; p50: number }[]]),
  )
  for (let round = -1; round < harness.either(2, 5); round++) {
    // Round -1 warms up; every second one runs backwards, so that drift affects all alike.
    for (const { name, target } of round % 2 === 0 ? all : [...all].reverse()) {
      const plan = { target: { ...target, pictures: [picture] }, clients, windowMs, isWarm: true }
      const report = await harness.closed(plan)
      if (report.lost > 0)
        harness.faults.push(`${name} lost ${report.lost} requests (${clients} clients)`)
      if (round < 0) continue
      measured.get(name)?.push({ perSecond: report.perSecond, p50: percentile(report, 0.5) })
    }
  }
  const of = (name: string, key: 'perSecond' | 'p50') =>
    (measured.get(name) ?? []).map((one) => one[key])
  const own = median(of(ours.name, 'perSecond'))
  const ratios = others.map(({ name }) => own / median(of(name, 'perSecond')))
  const isSmall = picture.bytes.length < 100_000
  return {
    id: 'R17',
    measure: `${model}, ${Math.round(picture.bytes.length / 1000)} KB, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    definition: 'images/s / those of the fastest peer',
    value: ratios.length === 0 ? null : Math.min(...ratios),
    unit: '',
    spread: rangeOf(
      of(ours.name, 'perSecond').map(
        (one) => one / Math.max(...others.map(({ name }) => median(of(name, 'perSecond')))),
      ),
    ),
    gate: { atLeast: isSmall ? 1.2 : 0.95 },
    notes: all.map(
      ({ name }) =>
        `${name} ${format(median(of(name, 'perSecond')))} images/s, p50 ${format(median(of(name, 'p50')))} ms`,
    ),
  }
}

/** The five best classes by our own answer; a peer's first must be among them, since its decoder rounds differently. */
async function classesOf(url: string, bytes: Uint8Array): Promise<Picture['expected']> {
  const client = new BackendClient({ name: 'backend', openSocket: () => openNodeSocket(url) })
  await client.open()
  const image = Buffer.from(bytes).toString('base64')
  const outcome = await client.request({ type: 'inference_request', data: { image, timestamp: 1 } })
  await client.close()
  if (outcome.phase !== 'answered') throw new Error(`no answer: ${JSON.stringify(outcome)}`)
  const { data } = outcome.message as { data: { top: { index: number }[] } }
  const classes = data.top.map(({ index }) => index)
  return { prediction: null, probabilities: null, faces: 0, classes }
}

async function startPeer(
  { name, script }: Peer,
  python: string,
  { file, threads }: { file: string; threads: number },
): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort()
  const child = spawn(python, [path.join(SCRIPTS, script)], {
    env: { ...process.env, MODEL: file, PORT: String(port), THREADS: String(threads) },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, which ends with the peer's helpers.
    detached: true,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    killGroup(child)
    await exited
  }
  process.once('exit', () => killGroup(child))
  let text = ''
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`${name} is not ready:\n${text}`))
    const timer = setTimeout(fail, READY_MS_MAX)
    child.once('exit', fail)
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (!text.includes('ready')) return
      clearTimeout(timer)
      child.off('exit', fail)
      resolve()
    })
  })
  return { port, stop }
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return
  process.kill(-pid, 'SIGKILL')
}

/** The Python of an environment with these packages, or why there is none. */
function environment(name: string, packages: readonly string[]): string | { reason: string } {
  const folder = path.join(CACHE, name)
  const python = path.join(folder, 'bin/python')
  try {
    if (!existsSync(python)) run('python3', ['-m', 'venv', folder])
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
    return python
  } catch (error) {
    return { reason: (error as Error).message }
  }
}

function run(program: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status === 0) return
  const last = (error?.message ?? stderr).trim().split('\n').at(-1) ?? ''
  throw new Error(`${path.basename(program)} ${args[1] ?? ''} failed: ${last}`)
}

const notMeasured = (name: string, reason: string): Row => ({
  id: 'R17',
  measure: `against ${name}`,
  definition: 'images/s / those of the peer',
  value: null,
  unit: '',
  notes: [reason],
})
