/**
 * R10: the cost of the open panel for the models, and its smoothness, while a backend logs 10,000 lines per second.
 * Browser and models share the cores here, unlike on a workstation.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { freePort } from '../testing/processes.ts'
import { programFile } from './harness/bundle.ts'
import { openTraced, type MainThread, type TracedPage } from './harness/browser.ts'
import { compareRatio, interleave } from './harness/interleave.ts'
import { openPanel, type Panel } from './harness/panel.ts'
import { format, type Row } from './harness/row.ts'
import type { Harness } from './harness/harness.ts'
import { mean, slopeOf } from './harness/statistics.ts'
import { MIB } from '../protocol/bytes.ts'

const LINES_PER_S = 10_000
const CLIENTS = 4
/** RAIL: longer tasks delay the response to input (https://web.dev/articles/rail). */
const TASK_MS_MAX = 50
/** Within the noise of the garbage collector. */
const HEAP_SLOPE_MAX_MIB = 1
const VIEWS = ['backends', 'logs'] as const

export async function measurePanelTax(harness: Harness): Promise<Row[]> {
  const port = await freePort()
  const panel = await openPanel([
    '  chatter:',
    '    runtime: command',
    '    host: 127.0.0.1',
    `    port: ${port}`,
    `    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(programFile('chatter'))}, --port, '{port}', --lines, '${LINES_PER_S}']`,
  ])
  try {
    await panel.start()
    await panel.ready()
    const first = await openTraced(panel.address)
    if (first === null) return [notMeasured('there is no Chromium on this machine')]
    await first.close()
    const tax = await taxRow(harness, panel)
    const smooth = await smoothRows(harness, panel)
    return [tax, ...smooth, fileRow(panel)]
  } finally {
    await panel.close()
  }
}

/** A: open panel with log lines; B: neither. */
async function taxRow(harness: Harness, panel: Panel): Promise<Row> {
  const windowMs = harness.either(4000, 10_000)
  const run = (isWarm: boolean) =>
    harness.closed({ target: harness.target(panel.gatewayUrl), clients: CLIENTS, windowMs, isWarm })
  await run(false)
  const open = async () => {
    const traced = await openBusy(panel)
    try {
      return await run(true)
    } finally {
      await traced.close()
      await panel.call('backends.stop', 'chatter')
      await panel.where('chatter', 'disabled')
    }
  }
  const rounds = await interleave(harness.either(2, 5), open, () => run(true))
  const rate = ({ perSecond }: { perSecond: number }) => perSecond
  const { value, spread, noise } = compareRatio(rounds, rate, rate)
  const [a, b] = (['a', 'b'] as const).map((side) =>
    mean(rounds.flatMap((round) => round[side].map(rate))),
  )
  return {
    id: 'R10',
    measure: 'panel tax',
    definition: `images/s with the panel open, charts live and ${LINES_PER_S.toLocaleString('en')} log lines/s / headless and closed, ${CLIENTS} clients`,
    value,
    unit: '',
    spread,
    noise: noise * value,
    gate: { atLeast: 0.97 },
    notes: [
      `open ${format(a ?? NaN)}, closed ${format(b ?? NaN)} images/s; the browser draws without a GPU, on ${harness.cores} cores that it shares with model, log and load generator`,
    ],
  }
}

/** The page's main thread in each view, at a moderate load. */
async function smoothRows(harness: Harness, panel: Panel): Promise<Row[]> {
  const halfMs = 15_000
  const traced = await openBusy(panel)
  try {
    const load = harness.load.call('open', {
      target: harness.target(panel.gatewayUrl),
      connections: 4,
      perSecond: 5,
      durationMs: halfMs * VIEWS.length + 5000,
      deadlineMs: 5000,
    })
    const threads: MainThread[] = []
    for (const view of VIEWS) {
      await traced.page.keyboard.press(view === 'backends' ? '1' : '3')
      await traced.page.waitForTimeout(2000)
      threads.push(await traced.tasksDuring(() => traced.page.waitForTimeout(halfMs)))
    }
    await load
    const heap = await heapSlope(harness, traced)
    const tasks = threads.flatMap(({ tasksMs }) => tasksMs).sort((x, y) => y - x)
    const busy = threads.map(
      (one, index) =>
        `${VIEWS[index]}: longest ${format(one.tasksMs[0] ?? 0)} ms (by time on a core ${format(one.cpuMsMax)} ms), main thread ${(one.busy * 100).toFixed(0)} % busy`,
    )
    return [
      {
        id: 'R10',
        measure: 'panel: longest task',
        definition: `of the page's main thread in 30 s, ${LINES_PER_S.toLocaleString('en')} log lines/s, charts live`,
        value: tasks[0] ?? 0,
        unit: 'ms',
        gate: { atMost: TASK_MS_MAX },
        notes: [
          ...busy,
          `${tasks.filter((ms) => ms > TASK_MS_MAX).length} of ${tasks.length} tasks over ${TASK_MS_MAX} ms`,
        ],
      },
      heap,
    ]
  } finally {
    await traced.close()
    await panel.call('backends.stop', 'chatter')
    await panel.where('chatter', 'disabled')
  }
}

/** In the log view, once it is full. */
async function heapSlope(harness: Harness, traced: TracedPage): Promise<Row> {
  const samples: { x: number; y: number }[] = []
  const stepMs = harness.either(3000, 10_000)
  for (let step = 0; step < harness.either(12, 60); step++) {
    await traced.page.waitForTimeout(stepMs)
    samples.push({ x: (step * stepMs) / 60_000, y: (await traced.heapBytes()) / MIB })
  }
  const settled = samples.slice(Math.floor(samples.length / 3))
  const slope = slopeOf(settled)
  return {
    id: 'R10',
    measure: 'panel: memory slope',
    definition: `JavaScript heap after a collection, log view at its ${LINES_PER_S.toLocaleString('en')} lines/s`,
    value: slope.value,
    unit: 'MiB/min',
    spread: [slope.value - slope.halfWidth, slope.value + slope.halfWidth],
    gate: { atMost: HEAP_SLOPE_MAX_MIB },
    noise: slope.halfWidth,
    notes: [`from ${format(settled[0]?.y ?? NaN)} to ${format(settled.at(-1)?.y ?? NaN)} MiB`],
  }
}

/** The line numbers on disk must be contiguous up to the last one written. */
function fileRow(panel: Panel): Row {
  let runs = 0
  let missing = 0
  let lines = 0
  for (const text of logTexts(panel.stateDir)) {
    let last: number | null = null
    for (const [, found] of text.matchAll(/chatter line (\d+) of/g)) {
      const number = Number(found)
      if (number === 0) runs++
      else if (last !== null && number !== last + 1) missing += Math.max(1, number - last - 1)
      last = number
      lines++
    }
  }
  return {
    id: 'R10',
    measure: 'panel: lines missing in the files',
    definition: `numbered lines of the flood that the rotated files do not hold, of those since the oldest file`,
    value: missing,
    unit: 'lines',
    gate: { atMost: 0 },
    notes: [`${lines.toLocaleString('en')} lines looked at, of ${runs} starts of the chatter`],
  }
}

/** Log text of each run, files in writing order. */
function logTexts(stateDir: string): string[] {
  const dir = path.join(stateDir, 'logs')
  return readdirSync(dir).map((run) =>
    readdirSync(path.join(dir, run))
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((file) => readFileSync(path.join(dir, run, file), 'utf8'))
      .join(''),
  )
}

/** The panel with the chatter running, emotion selected and charts visible. */
async function openBusy(panel: Panel): Promise<TracedPage> {
  await panel.call('backends.start', 'chatter')
  await panel.where('chatter', 'ready')
  const traced = await openTraced(panel.address)
  if (traced === null) throw new Error('Chromium exited during the measurement')
  await traced.page.getByRole('row').filter({ hasText: 'emotion' }).first().click()
  await traced.page.waitForTimeout(3000)
  return traced
}

const notMeasured = (why: string): Row => ({
  id: 'R10',
  measure: 'panel tax',
  definition: `images/s with the panel open and ${LINES_PER_S} log lines/s / headless and closed`,
  value: null,
  unit: '',
  notes: [why],
})
