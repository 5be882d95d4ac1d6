/**
 * `npm run soak -- [--minutes 10] [--leak]`: steady load; checks growth of memory and handles. `npm run soak --
 * --chaos [--minutes 10] [--seed N]`: faults around steady clients; see chaos.ts.
 */
import { parseArgs } from 'node:util'
import { ensureReady } from '../scripts/setup.mjs'
import { Harness, withServer } from './harness/harness.ts'
import { startEmotion, startServing, type ServerProcess } from './harness/server_process.ts'
import { judgeGrowth, type UsageSample } from './harness/growth.ts'
import { runChaos } from './chaos.ts'

const SAMPLE_MS = 5000
const LOAD_SHARE = 0.8
const CONNECTIONS = 16
/** Settling time of caches, heap and allocator; the slope covers the rest. */
const SETTLING_SHARE = 0.4
/** Samples near the end may see closing connections. */
const END_MARGIN_MIN = 0.02
/** A hundred requests that keep 10 KB each are 1 MiB. */
const GROWTH_LIMITS = { rssMiBPerMinute: 3, handlesPerMinute: 1 }

const { minutes, leaks, isChaos, seed } = readArguments()
await ensureReady()
if (isChaos) process.exit((await runChaos({ minutes, seed })) ? 0 : 1)
const harness = await Harness.open(true)
process.once('SIGINT', () => process.exit(1)).once('SIGTERM', () => process.exit(1))
try {
  const perSecond =
    LOAD_SHARE *
    (await withServer(startEmotion(), async (one) => (await harness.capacity(one)).perSecond))
  const starting = leaks ? startServing('leaking', 'leakingWorker') : startEmotion()
  const { samples, text } = await withServer(starting, (server) => soak(server, perSecond))
  console.log(text)
  const isLeaking = judge(samples)
  process.exitCode = isLeaking === leaks ? 0 : 1
  if (leaks) {
    console.log(isLeaking ? 'The control was caught.' : 'The control was NOT caught.')
  }
} finally {
  await harness.close()
}

async function soak(server: ServerProcess, perSecond: number) {
  const durationMs = minutes * 60_000
  console.log(
    `${minutes} min at ${perSecond.toFixed(1)} requests/s against ${leaks ? 'the leaking control' : 'emotion'}`,
  )
  const begunMs = performance.now()
  const samples: UsageSample[] = []
  const sample = () => {
    const { rssBytes, handles } = server.usage()
    const one = {
      minutes: (performance.now() - begunMs) / 60_000,
      rssMiB: rssBytes / 1024 ** 2,
      handles,
    }
    samples.push(one)
    console.log(
      `${one.minutes.toFixed(2)} min  ${one.rssMiB.toFixed(1)} MiB  ${one.handles} handles`,
    )
  }
  const timer = setInterval(sample, SAMPLE_MS)
  const report = await harness
    .open({
      target: harness.target(server.url),
      connections: CONNECTIONS,
      perSecond,
      durationMs,
      deadlineMs: 1000,
    })
    .finally(() => {
      clearInterval(timer)
    })
  const { sent, answers, lost, errors, mismatches } = report
  const text = `${sent} sent, ${answers} answered, ${lost} lost, errors ${JSON.stringify(errors)}, ${mismatches.length} wrong replies`
  return { samples, text }
}

/** Prints slopes and verdict. True if something grows. */
function judge(samples: UsageSample[]): boolean {
  const settled = samples.filter(
    (one) => one.minutes >= minutes * SETTLING_SHARE && one.minutes < minutes - END_MARGIN_MIN,
  )
  return judgeGrowth(settled, GROWTH_LIMITS)
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      leak: { type: 'boolean' },
      chaos: { type: 'boolean' },
      seed: { type: 'string' },
    },
  })
  const wanted = Number(values.minutes ?? 10)
  if (!(wanted >= 0.5 && wanted <= 240)) {
    console.error(`--minutes "${values.minutes}" is outside 0.5-240.`)
    process.exit(1)
  }
  return {
    minutes: wanted,
    leaks: values.leak === true,
    isChaos: values.chaos === true,
    seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  }
}
