import { InferenceSession } from 'onnxruntime-node'
import { performance } from 'node:perf_hooks'
import type { Timing } from '../../protocol/backend.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { BackendContext, InferenceItem } from '../../backends/base/backend.ts'
import { LatencyWindow } from '../../protocol/latency_window.ts'
import { BackendMetrics } from '../../backends/base/metrics.ts'
import { EmotionBackend } from '../../backends/emotion/backend.ts'
import type { Expected } from '../harness/load_plan.ts'
import { newHistogram } from '../harness/histogram.ts'
import type { BatchMix, RawCommands, RawSettings, Work } from '../harness/raw_plan.ts'
import { answerCommands } from '../harness/remote.ts'

/** Exposes the backend's protected stages. */
class StagedEmotion extends EmotionBackend {
  async prepared(batch: readonly InferenceItem[]) {
    const outcomes = await this.preprocess(batch)
    return outcomes.map((outcome) => {
      if (outcome instanceof ProtocolError) throw outcome
      return outcome
    })
  }

  inferOnly(batch: Parameters<EmotionBackend['infer']>[0]) {
    return this.infer(batch)
  }
}

let backend: StagedEmotion | null = null

answerCommands<RawCommands>({
  open,
  expected,
  serial,
  chain,
  decodeOnly,
  sessionOnly,
  inferMix,
  metricsCost,
})

async function open(settings: RawSettings): Promise<void> {
  backend = new StagedEmotion(contextOf(settings))
  await backend.initializeModel()
}

async function expected(pictures: Uint8Array[]): Promise<Expected[]> {
  const answers: Expected[] = []
  for (const bytes of pictures) {
    const { results } = await emotion().processInference([itemOf(bytes)])
    const [result] = results
    if (result === undefined || result instanceof ProtocolError) throw result ?? new Error('empty')
    const { prediction, probabilities, faces } = result as Omit<Expected, 'faces'> & {
      faces: unknown[]
    }
    answers.push({ prediction, probabilities, faces: faces.length })
  }
  return answers
}

/** One image after the other. */
async function serial({ pictures, windowMs, imagesMin }: Work) {
  const latency = newHistogram()
  const cpu = process.cpuUsage()
  const work = await repeat(
    windowMs,
    async (index) => {
      const begun = performance.now()
      await emotion().processInference([itemOf(pictureAt(pictures, index))])
      latency.add(performance.now() - begun)
      return 1
    },
    imagesMin,
  )
  const { user, system } = process.cpuUsage(cpu)
  return {
    latency: latency.counts,
    perSecond: work.images / work.seconds,
    coreSecondsPerImage: (user + system) / 1e6 / work.images,
  }
}

/** One image after the other: milliseconds of each, and of the `session.run` calls in it. */
async function chain({ pictures, windowMs }: Work) {
  const times: { wholeMs: number; runsMs: number }[] = []
  let runsMs = 0
  await withRun(
    async (run) => {
      const begun = performance.now()
      const result = await run()
      runsMs += performance.now() - begun
      return result
    },
    () =>
      repeat(windowMs, async (index) => {
        runsMs = 0
        const begun = performance.now()
        await emotion().processInference([itemOf(pictureAt(pictures, index))])
        times.push({ wholeMs: performance.now() - begun, runsMs })
        return 1
      }),
  )
  return times
}

/** Only the preprocess stage (decode, resize, letterbox), several concurrently. */
async function decodeOnly({ pictures, windowMs, concurrency }: Work & { concurrency: number }) {
  let next = 0
  const lanes = await Promise.all(
    Array.from({ length: concurrency }, () =>
      repeat(windowMs, async () => {
        await emotion().prepared([itemOf(pictureAt(pictures, next++))])
        return 1
      }),
    ),
  )
  return { perSecond: lanes.reduce((total, lane) => total + lane.images / lane.seconds, 0) }
}

type Feeds = Parameters<InferenceSession['run']>

interface RecordedRun {
  session: InferenceSession
  feeds: Feeds
}

/** Only the `session.run` calls of a batch, repeatedly. */
async function sessionOnly({ pictures, windowMs, batch }: Work & { batch: number }) {
  const recordings: RecordedRun[][] = []
  for (const first of pictures.keys()) {
    recordings.push(await recordRuns(batchAt(pictures, first, batch)))
  }
  const work = await repeat(windowMs, async (index) => {
    for (const { session, feeds } of recordings[index % recordings.length] ?? []) {
      await session.run(...feeds)
    }
    return batch
  })
  return { perSecond: work.images / work.seconds, coreSecondsPerImage: work.coreSecondsPerImage }
}

/** The inference stage (sessions, and the crops between them) over decoded pictures, in batches of the given mix. */
async function inferMix({ pictures, windowMs, mix }: Work & { mix: BatchMix }) {
  const prepared = await emotion().prepared(pictures.map(itemOf))
  const sizes = spreadOut(mix)
  let next = 0
  const work = await repeat(windowMs, async (index) => {
    const size = sizes[index % sizes.length] ?? 1
    const batch = Array.from({ length: size }, () => pictureAt(prepared, next++))
    await emotion().inferOnly(batch)
    return size
  })
  return { perSecond: work.images / work.seconds }
}

/** Microseconds per request for counters, histograms and the latency window. */
async function metricsCost({ repeats }: { repeats: number }) {
  const metrics = new BackendMetrics('bench', {
    queueDepth: () => 0,
    inFlight: () => 0,
    isReady: () => true,
  })
  const latency = new LatencyWindow()
  const timing: Timing = {
    queue_ms: 1.5,
    preprocess_ms: 3.1,
    inference_ms: 21.7,
    postprocess_ms: 0.4,
    total_ms: 26.7,
    batch_size: 1,
  }
  const oneRound = () => {
    const begun = performance.now()
    for (let count = 0; count < repeats; count++) {
      metrics.noteRequest()
      latency.add(performance.now(), timing.total_ms)
      metrics.noteAnswer(timing)
    }
    return ((performance.now() - begun) * 1000) / repeats
  }
  oneRound()
  return { microseconds: Array.from({ length: 5 }, oneRound) }
}

async function recordRuns(batch: Uint8Array[]): Promise<RecordedRun[]> {
  const prepared = await emotion().prepared(batch.map(itemOf))
  const runs: RecordedRun[] = []
  await withRun(
    (run, recorded) => {
      runs.push(recorded)
      return run()
    },
    () => emotion().inferOnly(prepared),
  )
  return runs
}

type Outputs = ReturnType<InferenceSession['run']>

/** Calls `around` for each `session.run` during `work`. */
async function withRun(
  around: (run: () => Outputs, recorded: RecordedRun) => Outputs,
  work: () => Promise<unknown>,
): Promise<void> {
  // All models call the shared prototype; the package types it as a factory.
  const { prototype } = InferenceSession as unknown as { prototype: InferenceSession }
  const real = prototype.run
  function wrapped(this: InferenceSession, ...feeds: Feeds) {
    return around(() => real.apply(this, feeds), { session: this, feeds })
  }
  prototype.run = wrapped as typeof real
  try {
    await work()
  } finally {
    prototype.run = real
  }
}

/** Runs `task` until the window ends; it returns the number of processed images. */
async function repeat(windowMs: number, task: (index: number) => Promise<number>, imagesMin = 1) {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  let images = 0
  for (let index = 0; performance.now() - begun < windowMs || images < imagesMin; index++) {
    images += await task(index)
  }
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { images, seconds, coreSecondsPerImage: (user + system) / 1e6 / images }
}

/** Batch sizes in an even order: {1: 2, 4: 8} images become 1, 4, 1, 4. */
function spreadOut(mix: BatchMix): number[] {
  const batches = Object.entries(mix).flatMap(([text, images]) => {
    const size = Number(text)
    const count = Math.max(1, Math.round(images / size))
    return Array.from({ length: count }, (_, index) => ({ size, place: (index + 0.5) / count }))
  })
  return batches.sort((a, b) => a.place - b.place).map(({ size }) => size)
}

function contextOf({ rootDir, threads, batchSizeMax }: RawSettings): BackendContext {
  const ignore = () => undefined
  return {
    name: 'emotion',
    rootDir,
    providers: ['cpu'],
    threads,
    batchSizeMax,
    cacheSize: 0,
    options: {},
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    onProgress: ignore,
  }
}

function emotion(): StagedEmotion {
  if (backend === null) throw new Error('`open` comes first')
  return backend
}

const itemOf = (bytes: Uint8Array): InferenceItem => ({ requestId: 'raw', bytes, params: {} })

function pictureAt<T>(pictures: readonly T[], index: number): T {
  const picture = pictures[index % pictures.length]
  if (picture === undefined) throw new Error('no picture was given')
  return picture
}

const batchAt = (pictures: readonly Uint8Array[], first: number, size: number) =>
  Array.from({ length: size }, (_, place) => pictureAt(pictures, first + place))
