/** `npm run soak -- [--minutes 10] [--leak]`: hours of use in little: steady load, and whether memory or handles grow. */
import { parseArgs } from 'node:util'
import { ensureReady } from '../build/setup.mjs'
import { Rig, withServer } from './rig/rig.ts'
import { startEmotion, startServing, type ServerProcess } from './rig/server_process.ts'
import { slopeOf, type Slope } from './rig/statistics.ts'
import { format } from './rig/row.ts'

const SAMPLE_MS = 5000
const LOAD_SHARE = 0.8
const CONNECTIONS = 16
/** Caches, heap and allocator settle in this share of the time; the slope is that of the rest. */
const SETTLING_SHARE = 0.4
/** A sample beside the end may see connections that are closing. */
const END_MARGIN_MIN = 0.02
/** Growth that could not be told from an allocator at work; a hundred requests that keep 10 KB each are 1 MiB. */
const RSS_SLOPE_MAX_MIB = 3
const HANDLE_SLOPE_MAX = 1

interface UsageSample {
  minutes: number
  rssMiB: number
  handles: number
}

const { minutes, leaks } = readArguments()
await ensureReady()
const rig = await Rig.open(true)
process.once('SIGINT', () => process.exit(1)).once('SIGTERM', () => process.exit(1))
try {
  const perSecond =
    LOAD_SHARE *
    (await withServer(startEmotion(), async (one) => (await rig.capacity(one)).perSecond))
  const starting = leaks ? startServing('leaking', 'leakingWorker') : startEmotion()
  const { samples, text } = await withServer(starting, (server) => soak(server, perSecond))
  console.log(text)
  const isLeaking = judge(samples)
  process.exitCode = isLeaking === leaks ? 0 : 1
  if (leaks) {
    console.log(isLeaking ? 'The control was caught.' : 'The control was NOT caught.')
  }
} finally {
  await rig.close()
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
  const report = await rig
    .open({
      target: rig.target(server.url),
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

/** Prints slopes and verdict. True when something grows. */
function judge(samples: UsageSample[]): boolean {
  const settled = samples.filter(
    (one) => one.minutes >= minutes * SETTLING_SHARE && one.minutes < minutes - END_MARGIN_MIN,
  )
  const rss = slopeOf(settled.map((one) => ({ x: one.minutes, y: one.rssMiB })))
  const handles = slopeOf(settled.map((one) => ({ x: one.minutes, y: one.handles })))
  const grows = [
    verdict('resident memory', 'MiB/min', rss, RSS_SLOPE_MAX_MIB),
    verdict('open handles', '/min', handles, HANDLE_SLOPE_MAX),
  ]
  return grows.includes(true)
}

/** Grows: even the lower end of the interval is above the limit. */
function verdict(what: string, unit: string, slope: Slope, limit: number): boolean {
  const lower = slope.value - slope.halfWidth
  const upper = slope.value + slope.halfWidth
  const isGrowing = lower > limit
  const words = isGrowing
    ? 'GROWS'
    : upper <= limit
      ? 'steady'
      : 'no growth shown; too short or too noisy to rule it out'
  console.log(
    `${what}: ${format(slope.value)} ${unit} (95 %: ${format(lower)} … ${format(upper)}), limit ${limit}: ${words}`,
  )
  return isGrowing
}

function readArguments(): { minutes: number; leaks: boolean } {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, leak: { type: 'boolean' } },
  })
  const wanted = Number(values.minutes ?? 10)
  if (!(wanted >= 0.5 && wanted <= 240)) {
    console.error(`--minutes "${values.minutes}" is outside 0.5-240.`)
    process.exit(1)
  }
  return { minutes: wanted, leaks: values.leak === true }
}
