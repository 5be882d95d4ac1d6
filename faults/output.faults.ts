/** Output that is too much, too long, or reports out of memory. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../testing/processes.ts'
import { demand } from './demand.ts'
import { testFaults } from './test_faults.ts'
import { areAll, type RequestFlow } from './request_flow.ts'
import { faulty } from './sections.ts'
import type { Plane, Stage } from './fixture.ts'
import { MIB } from '../protocol/bytes.ts'

const FLOOD_LINES = 200_000
const LONG_LINE_BYTES = 256 * 1024 * 1024
/** Truncation only costs chunks that V8 has not collected yet, 60 to 90 MiB for a line of any length. */
const GROWTH_BYTES_MAX = 0.375 * LONG_LINE_BYTES

testFaults('output of a backend process', [
  {
    name: 'stderr flood',
    documented:
      'every line is in the log files; health checks of another backend, its requests and the panel are answered meanwhile',
    run: async (stage) => {
      const plane = await stage.open({
        flood: await faulty('flood', ['--size', String(FLOOD_LINES)]),
        // On a busy machine replies may take longer than the interval of the other faults.
        quiet: await faulty('none', [], { health_interval: 1 }),
      })
      await Promise.all([plane.link.ready('flood'), plane.link.ready('quiet')])
      const flow = await stage.requests(plane, 'flood')
      const quiet = await stage.requests(plane, 'quiet')
      const ids = flow.send(1)
      const { calls, view } = await whileWritten(plane, quiet)
      const outcomes = await flow.outcomes(ids)
      demand(areAll(outcomes, 'ok'), `the flooding backend answered ${outcomes.join()}`)
      const { dir, written, not_written: lost } = view
      demand(lost === 0, `${lost} lines were not written`)
      const found = floodLinesIn(dir)
      demand(found === FLOOD_LINES, `${found} of ${FLOOD_LINES} lines are in the files`)
      demand(written >= FLOOD_LINES, `logs.files counts ${written} lines`)
      const missed = plane.link.missedPongsPeak.get('quiet') ?? 0
      demand(missed === 0, `the other backend missed ${missed} health checks`)
      return `${found} lines in the files, none lost; meanwhile ${calls} calls of the panel and ${calls} requests of another backend answered, none of its health checks missed`
    },
  },
  {
    name: 'one 256 MiB log line',
    documented:
      'the line is cut at 262,144 characters with the number of dropped characters; the memory of the control plane stays bounded; the backend serves on',
    run: async (stage) => {
      const name = 'long_line'
      const section = await faulty('long_line', ['--size', String(LONG_LINE_BYTES)])
      const plane = await stage.open({ [name]: section })
      await plane.link.ready(name)
      const before = plane.link.rssBytesPeak
      const flow = await stage.requests(plane, name)
      const outcomes = await flow.ask(1)
      demand(areAll(outcomes, 'ok'), `its request was answered ${outcomes.join(', ')}`)
      const line = await until('the line in the log', async () => {
        const query = { pattern: 'line cut at', sources: [name] }
        const { lines } = await plane.link.call('logs.search', { query, limit: 1 })
        return lines[0]
      })
      const whole = await plane.link.call('logs.line', { seq: line.seq })
      const message = whole.line?.message ?? ''
      const note = message.slice(message.lastIndexOf('('))
      demand(
        note.includes(`cut at 262144 characters`) &&
          note.includes(`of its ${LONG_LINE_BYTES} bytes`),
        `the line ends with: ${note}`,
      )
      // Included in the next health check.
      await plane.link.ready(name)
      const growth = plane.link.rssBytesPeak - before
      const megabytes = Math.round(growth / MIB)
      demand(growth < GROWTH_BYTES_MAX, `the control plane grew by ${megabytes} MiB`)
      return `${note}; the control plane grew by ${megabytes} MiB at most`
    },
  },
  {
    name: 'out-of-memory text',
    documented:
      'the crash card names the likely cause, and the log line that is its evidence, whether the program aborts, gives up or is killed; started again',
    run: async (stage) => {
      const plane = await stage.open({
        oom_heap: await faulty('heap_exhausted', stage.once('oom_heap')),
        oom_python: await faulty('memory_error', stage.once('oom_python')),
        oom_gpu: await faulty('gpu_memory', stage.once('oom_gpu')),
      })
      const seen = [
        await causeOf(plane, 'oom_heap', 'js_heap_exhausted', /heap out of memory/, stage),
        await causeOf(plane, 'oom_python', 'memory_exhausted', /^MemoryError/, stage),
        await causeOf(plane, 'oom_gpu', 'gpu_memory_exhausted', /CUDA out of memory/, stage),
      ]
      return seen.join('; ')
    },
  },
])

async function causeOf(
  plane: Plane,
  name: string,
  code: string,
  text: RegExp,
  stage: Stage,
): Promise<string> {
  await plane.link.ready(name)
  const outcomes = await (await stage.requests(plane, name)).ask(1)
  demand(areAll(outcomes, 'backend_lost'), `${name} answered ${outcomes.join(', ')}`)
  const [card] = await plane.link.cards(name, 1)
  demand(card?.cause?.code === code, `the card of ${name} names ${card?.cause?.code ?? 'no cause'}`)
  const { cause, log } = card
  const evidence = log.filter(({ seq }) => cause.log_seqs.includes(seq))
  demand(
    evidence.length > 0 && evidence.every(({ message }) => text.test(message)),
    `the evidence is: ${evidence.map(({ message }) => message).join('; ')}`,
  )
  await plane.link.ready(name)
  return `${card.exit.words}: ${cause.cause} ${cause.evidence.join(' ')}`
}

/** Calls the panel and the other backend in turn until every line is in the files; each must respond. */
async function whileWritten({ link }: Plane, other: RequestFlow) {
  let calls = 0
  const view = await until('every line to be written', async () => {
    const files = await link.call('logs.files', {})
    const outcomes = await other.ask(1)
    demand(areAll(outcomes, 'ok'), `the other backend answered ${outcomes.join(', ')}`)
    calls++
    return files.waiting === 0 && files.written + files.not_written >= FLOOD_LINES ? files : null
  })
  return { calls, view }
}

function floodLinesIn(dir: string): number {
  const found = new Set<string>()
  for (const name of readdirSync(dir)) {
    const text = readFileSync(path.join(dir, name), 'utf8')
    for (const [, number = ''] of text.matchAll(/flood (\d+) /g)) found.add(number)
  }
  return found.size
}
