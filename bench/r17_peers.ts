/**
 * R17: `runtime: onnx` against other ways to serve the same file, with the same threads, pictures and client; R16: against the
 * same work without a server. The others are Python programs (bench/peers/) with packages from PyPI; without it they are
 * reported as not measured.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs'
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
  /** That of the server comes first. */
  packages: readonly string[]
  script: string
  form: keyof typeof URLS
  /** Largest batches to try; the warm-up of each measurement keeps the fastest. 1: the peer forms none. */
  batches: readonly number[]
}

const URLS = {
  message: ({ port }: Ports) => `ws://127.0.0.1:${port}`,
  post: ({ port }: Ports) => `http://127.0.0.1:${port}/predict`,
  grpc: ({ grpcPort }: Ports) => `http://127.0.0.1:${grpcPort}`,
} satisfies Partial<Record<Target['form'], unknown>>

/** The same version as ours, so that only the server differs. */
const ONNXRUNTIME = 'onnxruntime==1.30.0'
const COMMON = [ONNXRUNTIME, 'opencv-python-headless==5.0.0.93', 'numpy==2.4.6']
const BATCH = 8
const PEERS: readonly Peer[] = [
  {
    name: 'websockets',
    packages: ['websockets==17.4', ...COMMON],
    script: 'plain_websockets.py',
    form: 'message',
    batches: [1],
  },
  {
    name: 'FastAPI',
    packages: ['fastapi==0.165.0', 'uvicorn[standard]==0.54.0', ...COMMON],
    script: 'fastapi_server.py',
    form: 'post',
    batches: [1],
  },
  {
    name: 'LitServe',
    packages: ['litserve==0.2.19', ...COMMON],
    script: 'litserve_server.py',
    form: 'post',
    batches: [1, BATCH],
  },
  {
    name: 'BentoML',
    packages: ['bentoml==1.4.40', 'uvicorn[standard]==0.54.0', ...COMMON],
    script: 'bentoml_server.py',
    form: 'post',
    batches: [1],
  },
  {
    name: 'MLServer',
    packages: ['mlserver==1.7.1', ...COMMON],
    script: 'mlserver_server.py',
    form: 'grpc',
    batches: [1, BATCH],
  },
  {
    name: 'KServe',
    packages: ['kserve==0.21.0', ...COMMON],
    script: 'kserve_server.py',
    form: 'grpc',
    batches: [1],
  },
  {
    name: 'Triton',
    // Its Python backend misreads strings of numpy 2, which OpenCV requires from 4.12 on.
    packages: [
      'nvidia-pytriton==0.7.0',
      ONNXRUNTIME,
      'opencv-python-headless==4.11.0.86',
      'numpy==1.26.4',
    ],
    script: 'triton_server.py',
    form: 'grpc',
    batches: [BATCH],
  },
]
const MODELS = ['mobilenet', 'tiny'] as const
const CACHE = path.join(ROOT_DIR, '.cache/peers')
const SCRIPTS = path.join(ROOT_DIR, 'bench/peers')
const READY_MS_MAX = 60_000
const STOP_MS_MAX = 15_000

export async function measurePeers(harness: Harness): Promise<Row[]> {
  mkdirSync(CACHE, { recursive: true })
  const tools = environment('models', ['onnx==1.23.2', 'numpy==2.4.6'])
  if (typeof tools !== 'string') return PEERS.map((peer) => notMeasured(peer, tools.reason))
  run(tools, [path.join(SCRIPTS, 'make_models.py'), CACHE])
  const ready: Installed[] = []
  const missing: Row[] = []
  for (const peer of PEERS) {
    const python = environment(peer.name, peer.packages)
    if (typeof python === 'string') ready.push({ peer, python })
    else missing.push(notMeasured(peer, python.reason))
  }
  const rows: Row[] = []
  for (const model of MODELS) rows.push(...(await measureModel(harness, model, ready)))
  return [...rows, ...missing]
}

interface Installed {
  peer: Peer
  python: string
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
  /** Of the contenders of one party, one with the best settings is measured. */
  party: string
  measure(sent: Sent, clients: number): Promise<Result>
}

async function measureModel(
  harness: Harness,
  model: string,
  peers: readonly Installed[],
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
    const rows: Row[] = []
    const start = async (name: string, options: Omit<PeerStart, 'model' | 'threads'>) => {
      const shared = { model: file, threads: harness.cores }
      const one = await startPeer(`${model}-${name}`, { ...options, ...shared })
      running.push(one)
      return one
    }
    try {
      const others: Contender[] = []
      for (const { peer, python } of peers) {
        for (const batch of peer.batches) {
          try {
            const server = await start(`${peer.name}-${batch}`, { ...peer, python, batch })
            others.push(peerContender(harness, peer, { batch, server }))
          } catch (error) {
            rows.push(notMeasured(peer, (error as Error).message))
          }
        }
      }
      const own = (form: Target['form']) =>
        serverContender(harness, `Switchyard (${form})`, { form, url: server.url })
      const text = own('text')
      const ours = [text, own('binary')] as const
      const [first] = peers
      const rawStart = first && { script: 'raw.py', python: first.python, batch: 1 }
      const raw = rawStart && rawContender(await start('raw', rawStart), harness)
      const [small] = harness.pictures.small
      if (small === undefined) throw new Error('no picture was made')
      for (const { bytes } of [small, harness.pictures.large]) {
        const picture = path.join(CACHE, `${bytes.length}.jpg`)
        writeFileSync(picture, bytes)
        const sent = { bytes, file: picture, expected: await classesOf(server.url, bytes) }
        if (raw) rows.push(await againstRaw(harness, { model, ours: text, raw, sent }))
        for (const clients of harness.isQuick ? [1, 16] : [1, 4, 16, 64]) {
          rows.push(await againstPeers(harness, { model, ours, others, sent, clients }))
        }
      }
      return rows
    } finally {
      await Promise.all(running.map((one) => one.stop()))
    }
  })
}

/** Stopped while others are measured: some poll. */
function peerContender(
  harness: Harness,
  peer: Peer,
  { batch, server }: { batch: number; server: PeerProcess },
): Contender {
  const party = labelOf(peer)
  const name = batch === 1 ? party : `${party}, batches of ${batch}`
  const contender = serverContender(harness, name, {
    form: peer.form,
    url: URLS[peer.form](server),
  })
  server.signal('SIGSTOP')
  return {
    name,
    party,
    measure: async (...what) => {
      server.signal('SIGCONT')
      try {
        return await contender.measure(...what)
      } finally {
        server.signal('SIGSTOP')
      }
    },
  }
}

function serverContender(
  harness: Harness,
  name: string,
  { form, url }: Pick<Target, 'form' | 'url'>,
): Contender {
  return {
    name,
    party: name,
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
    party: 'without a server',
    measure: async ({ file }) => {
      const p50 = Number(await ask(`${windowMs(harness) / 1000} ${file}`))
      return { perSecond: 1000 / p50, p50 }
    },
  }
}

const windowMs = (harness: Harness) => harness.either(1000, 2000)

/**
 * Results by contender. A first round warms up, and keeps the fastest of each party; every second one runs backwards, so that
 * drift affects all alike.
 */
async function rounds(
  harness: Harness,
  contenders: readonly Contender[],
  { sent, clients }: { sent: Sent; clients: number },
): Promise<Map<Contender, Result[]>> {
  const first = new Map<Contender, number>()
  for (const one of contenders) first.set(one, (await one.measure(sent, clients)).perSecond)
  const isFastest = (one: Contender) =>
    contenders.every(
      (other) => other.party !== one.party || (first.get(other) ?? 0) <= (first.get(one) ?? 0),
    )
  const measured = new Map(contenders.filter(isFastest).map((one) => [one, [] as Result[]]))
  for (let round = 0; round < harness.either(3, 7); round++) {
    const entries = [...measured]
    for (const [one, results] of round % 2 === 0 ? entries.reverse() : entries) {
      results.push(await one.measure(sent, clients))
    }
  }
  return measured
}

async function againstRaw(
  harness: Harness,
  { model, ours, raw, sent }: { model: string; ours: Contender; raw: Contender; sent: Sent },
): Promise<Row> {
  const measured = await rounds(harness, [ours, raw], { sent, clients: 1 })
  const of = (one: Contender) => (measured.get(one) ?? []).map(({ p50 }) => p50)
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
    ours: readonly [Contender, ...Contender[]]
    others: readonly Contender[]
    sent: Sent
    clients: number
  },
): Promise<Row> {
  const measured = await rounds(harness, [...ours, ...others], { sent, clients })
  const of = (one: Contender, key: keyof Result) =>
    (measured.get(one) ?? []).map((result) => result[key])
  const describe = (one: Contender) =>
    `${one.name} ${format(median(of(one, 'perSecond')))} images/s, p50 ${format(median(of(one, 'p50')))} ms`
  const [judged] = ours
  const against = others
    .filter((one) => measured.has(one))
    .map((one) => {
      const theirs = of(one, 'perSecond')
      const ratios = of(judged, 'perSecond').map((rate, round) => rate / (theirs[round] ?? NaN))
      return { one, ratios, ratio: median(ratios) }
    })
    .sort((a, b) => a.ratio - b.ratio)
  const [closest] = against
  return {
    id: 'R17',
    measure: `peers, ${model}, ${kilobytes(sent)}, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    definition: 'images/s / those of the fastest peer',
    value: closest?.ratio ?? null,
    unit: '',
    ...(closest && { spread: rangeOf(closest.ratios) }),
    gate: { atLeast: sent.bytes.length < 100_000 ? 1.2 : 0.95 },
    notes: [
      ...ours.map(describe),
      ...against.map(({ one, ratio }) => `${format(ratio)} of ${describe(one)}`),
    ],
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

interface Ports {
  port: number
  grpcPort: number
}

interface PeerStart {
  script: string
  python: string
  /** Largest batch; 1: none. */
  batch: number
  model: string
  threads: number
}

interface PeerProcess extends Ports {
  /** Sends a line and resolves with the next one. */
  ask(line: string): Promise<string>
  /** To the process and its helpers. */
  signal(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

async function startPeer(
  name: string,
  { script, python, batch, model, threads }: PeerStart,
): Promise<PeerProcess> {
  const ports = { port: await freePort(), grpcPort: await freePort() }
  const logFile = path.join(CACHE, `${name}.log`)
  const child = spawn(python, [path.join(SCRIPTS, script)], {
    cwd: CACHE,
    env: {
      ...process.env,
      MODEL: model,
      PORT: String(ports.port),
      GRPC_PORT: String(ports.grpcPort),
      THREADS: String(threads),
      BATCH: String(batch),
      PYTHONDONTWRITEBYTECODE: '1',
    },
    // As leader of a group, which ends together with the helpers of the peer.
    detached: true,
  })
  child.stderr.pipe(createWriteStream(logFile))
  started.add(child)
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const signal = (one: NodeJS.Signals) => signalGroup(child, one)
  const lines = createInterface(child.stdout)
  const nextLine = () =>
    new Promise<string>((resolve, reject) => {
      const fail = () => reject(new Error(`${name} does not answer; see ${logFile}`))
      const timer = setTimeout(fail, READY_MS_MAX)
      child.once('exit', fail)
      lines.once('line', (line) => {
        clearTimeout(timer)
        child.off('exit', fail)
        resolve(line)
      })
    })
  const stop = async () => {
    signal('SIGCONT')
    signal('SIGTERM')
    const timer = setTimeout(() => signal('SIGKILL'), STOP_MS_MAX)
    await exited
    clearTimeout(timer)
    signal('SIGKILL')
    started.delete(child)
  }
  try {
    while ((await nextLine()) !== 'ready') continue
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ...ports,
    ask: (line) => {
      child.stdin.write(`${line}\n`)
      return nextLine()
    },
    signal,
    stop,
  }
}

const started = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of started) signalGroup(child, 'SIGKILL')
})

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // The group has ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The Python of an environment with these packages, or why there is none. */
function environment(name: string, packages: readonly string[]): string | { reason: string } {
  const folder = path.join(CACHE, name)
  const python = path.join(folder, 'bin/python')
  try {
    if (!existsSync(python)) {
      console.log(`R17  installing ${packages.join(', ')}`)
      run('python3', ['-m', 'venv', folder])
    }
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

function notMeasured(peer: Peer, reason: string): Row {
  console.log(`R17  ${labelOf(peer)} is not measured: ${reason}`)
  return {
    id: 'R17',
    measure: `against ${labelOf(peer)}`,
    definition: 'images/s / those of the peer',
    value: null,
    unit: '',
    notes: [reason],
  }
}

/** With the version of the server's package. */
const labelOf = ({ name, packages }: Peer) => `${name} (${(packages[0] ?? '').replace('==', ' ')})`
