/**
 * R17: `runtime: onnx` against other ways to serve the same file, with the same threads, pictures and client; R16: against the
 * same work without a server. The others are Python programs (bench/peers/) with packages from PyPI; without it they are
 * reported as not measured.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
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

interface Sent {
  bytes: Uint8Array
  file: string
  expected: Picture['expected']
}

interface Result {
  perSecond: number
  p50: number
}

interface Contender {
  name: string
  measure(sent: Sent, clients: number): Promise<Result>
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
    const running: PeerProcess[] = []
    const start = async (name: string, script: string, python: string) => {
      const started = await startPeer(name, { script, python, model: file, threads: harness.cores })
      running.push(started)
      return started
    }
    try {
      const others: Contender[] = []
      for (const { peer, python } of peers) {
        const { port } = await start(peer.name, peer.script, python)
        others.push(serverContender(harness, peer.name, { form: peer.form, url: peer.urlOf(port) }))
      }
      const ours = (['text', 'binary'] as const).map((form) =>
        serverContender(harness, `Switchyard (${form})`, { form, url: server.url }),
      )
      const [text] = ours
      if (text === undefined) throw new Error('no form was named')
      const [first] = peers
      const raw = first && rawContender(await start('raw', 'raw.py', first.python), harness)
      const [small] = harness.pictures.small
      if (small === undefined) throw new Error('no picture was made')
      const rows: Row[] = []
      for (const { bytes } of [small, harness.pictures.large]) {
        const picture = path.join(CACHE, `${bytes.length}.jpg`)
        writeFileSync(picture, bytes)
        const sent = { bytes, file: picture, expected: await classesOf(server.url, bytes) }
        if (raw) rows.push(await againstRaw(harness, { model, ours: text, raw, sent }))
        for (const clients of CLIENTS) {
          rows.push(await againstPeers(harness, { model, ours, others, sent, clients }))
        }
      }
      return rows
    } finally {
      for (const one of running) await one.stop()
    }
  })
}

function serverContender(
  harness: Harness,
  name: string,
  { form, url }: Pick<Target, 'form' | 'url'>,
): Contender {
  return {
    name,
    measure: async ({ bytes, expected }, clients) => {
      const target = harness.target(url, { form, pictures: [{ bytes, expected }] })
      const report = await harness.closed({
        target,
        clients,
        windowMs: windowMs(harness),
        isWarm: true,
      })
      if (report.lost > 0) harness.faults.push(`${name} lost ${report.lost} requests`)
      return { perSecond: report.perSecond, p50: percentile(report, 0.5) }
    },
  }
}

function rawContender({ ask }: PeerProcess, harness: Harness): Contender {
  return {
    name: 'without a server',
    measure: async ({ file }) => {
      const p50 = Number(await ask(`${windowMs(harness) / 1000} ${file}`))
      return { perSecond: 1000 / p50, p50 }
    },
  }
}

const windowMs = (harness: Harness) => harness.either(1000, 3000)

/** Results by contender. A first round warms up; every second one runs backwards, so that drift affects all alike. */
async function rounds(
  harness: Harness,
  contenders: readonly Contender[],
  { sent, clients }: { sent: Sent; clients: number },
): Promise<Map<string, Result[]>> {
  const measured = new Map(contenders.map(({ name }) => [name, [] as Result[]]))
  for (let round = 0; round <= harness.either(3, 7); round++) {
    for (const one of round % 2 === 0 ? contenders : [...contenders].reverse()) {
      const result = await one.measure(sent, clients)
      if (round > 0) measured.get(one.name)?.push(result)
    }
  }
  return measured
}

async function againstRaw(
  harness: Harness,
  { model, ours, raw, sent }: { model: string; ours: Contender; raw: Contender; sent: Sent },
): Promise<Row> {
  const measured = await rounds(harness, [ours, raw], { sent, clients: 1 })
  const of = (one: Contender) => (measured.get(one.name) ?? []).map(({ p50 }) => p50)
  const ratios = of(ours).map((p50, round) => p50 / (of(raw)[round] ?? NaN))
  return {
    id: 'R16',
    measure: `generic path, ${model}, ${kilobytes(sent)}`,
    definition: 'p50 of runtime: onnx / OpenCV and onnxruntime in one Python process',
    value: median(ratios),
    unit: '',
    spread: rangeOf(ratios),
    gate: { atMost: 1.25 },
    notes: [`served ${format(median(of(ours)))} ms, raw ${format(median(of(raw)))} ms`],
  }
}

async function againstPeers(
  harness: Harness,
  {
    model,
    ours,
    others,
    sent,
    clients,
  }: {
    model: string
    /** The first is judged. */
    ours: readonly Contender[]
    others: readonly Contender[]
    sent: Sent
    clients: number
  },
): Promise<Row> {
  const all = [...ours, ...others]
  const measured = await rounds(harness, all, { sent, clients })
  const of = ({ name }: Contender, key: keyof Result) =>
    (measured.get(name) ?? []).map((one) => one[key])
  const best = others.reduce((rate, one) => Math.max(rate, median(of(one, 'perSecond'))), 0)
  const [judged] = ours
  const ratios = judged === undefined ? [] : of(judged, 'perSecond').map((rate) => rate / best)
  return {
    id: 'R17',
    measure: `peers, ${model}, ${kilobytes(sent)}, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    definition: 'images/s / those of the fastest peer',
    value: best === 0 ? null : median(ratios),
    unit: '',
    spread: rangeOf(ratios),
    gate: { atLeast: sent.bytes.length < 100_000 ? 1.2 : 0.95 },
    notes: all.map(
      (one) =>
        `${one.name} ${format(median(of(one, 'perSecond')))} images/s, p50 ${format(median(of(one, 'p50')))} ms`,
    ),
  }
}

const kilobytes = ({ bytes }: Sent) => `${Math.round(bytes.length / 1000)} KB`

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

interface PeerProcess {
  port: number
  /** Sends a line and resolves with the next one. */
  ask(line: string): Promise<string>
  stop(): Promise<void>
}

async function startPeer(
  name: string,
  {
    script,
    python,
    model,
    threads,
  }: { script: string; python: string; model: string; threads: number },
): Promise<PeerProcess> {
  const port = await freePort()
  const child = spawn(python, [path.join(SCRIPTS, script)], {
    env: { ...process.env, MODEL: model, PORT: String(port), THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'inherit'],
    // As leader of a group, which ends together with the helpers of the peer.
    detached: true,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  process.once('exit', () => killGroup(child))
  const lines = createInterface(child.stdout)
  const nextLine = () =>
    new Promise<string>((resolve, reject) => {
      const fail = () => reject(new Error(`${name} does not answer`))
      const timer = setTimeout(fail, READY_MS_MAX)
      child.once('exit', fail)
      lines.once('line', (line) => {
        clearTimeout(timer)
        child.off('exit', fail)
        resolve(line)
      })
    })
  while ((await nextLine()) !== 'ready') continue
  return {
    port,
    ask: (line) => {
      child.stdin.write(`${line}\n`)
      return nextLine()
    },
    stop: async () => {
      killGroup(child)
      await exited
    },
  }
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
