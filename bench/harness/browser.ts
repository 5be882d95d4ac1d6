/** The panel in a real browser, with a trace of its main thread (Chrome trace event format). */
import { chromium, type CDPSession, type Page } from '@playwright/test'
import { findChromium } from '../../scripts/setup/chromium.mjs'

export interface TracedPage {
  readonly page: Page
  tasksDuring(during: () => Promise<void>): Promise<MainThread>
  workDuring(during: () => Promise<void>): Promise<WorkSeconds>
  /** JavaScript heap in use after a collection. */
  heapBytes(): Promise<number>
  close(): Promise<void>
}

/** By kind; `task` also includes time of no kind. */
export type WorkSeconds = Record<'script' | 'style' | 'layout' | 'task', number>

export interface MainThread {
  /** Main thread tasks in ms, longest first. */
  tasksMs: number[]
  /** Longest CPU time of a task, without waiting for other programs. */
  cpuMsMax: number
  /** Share of a core that the main thread used. */
  busy: number
}

/** null without a browser. */
export async function openTraced(address: string): Promise<TracedPage | null> {
  const executablePath = findChromium({ platform: process.platform, env: process.env })
  if (executablePath === null) return null
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      // Exact heap size instead of buckets.
      '--enable-precise-memory-info',
    ],
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(address)
  const session = await page.context().newCDPSession(page)
  return {
    page,
    tasksDuring: (during) => traced(session, during),
    workDuring: async (during) => {
      // CPU time, without waiting for other programs.
      await session.send('Performance.enable', { timeDomain: 'threadTicks' })
      const before = await workSince(session)
      await during()
      const after = await workSince(session)
      await session.send('Performance.disable')
      return {
        script: after.script - before.script,
        style: after.style - before.style,
        layout: after.layout - before.layout,
        task: after.task - before.task,
      }
    },
    heapBytes: async () => {
      await session.send('HeapProfiler.collectGarbage')
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      return usedSize
    },
    close: () => browser.close(),
  }
}

async function workSince(session: CDPSession): Promise<WorkSeconds> {
  const { metrics } = await session.send('Performance.getMetrics')
  const secondsOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN
  return {
    script: secondsOf('ScriptDuration'),
    style: secondsOf('RecalcStyleDuration'),
    layout: secondsOf('LayoutDuration'),
    task: secondsOf('TaskDuration'),
  }
}

/** The subset used here: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** Microseconds. */
  ts: number
  dur?: number
  /** Microseconds on a core. */
  tdur?: number
  args: { name?: string }
}

async function traced(session: CDPSession, during: () => Promise<void>): Promise<MainThread> {
  const events: TraceEvent[] = []
  const collect = ({ value }: { value: object[] }) => void events.push(...(value as TraceEvent[]))
  session.on('Tracing.dataCollected', collect)
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      recordMode: 'recordContinuously',
      includedCategories: ['toplevel', 'devtools.timeline', '__metadata'],
      excludedCategories: ['*'],
    },
  })
  try {
    await during()
  } finally {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
    await session.send('Tracing.end')
    await complete
    session.off('Tracing.dataCollected', collect)
  }
  return mainThreadOf(events)
}

/** The busiest renderer main thread belongs to the panel, the only page. */
function mainThreadOf(events: readonly TraceEvent[]): MainThread {
  const threads = events.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  )
  const readings = threads.map(({ pid, tid }) => {
    const own = events.filter((event) => event.pid === pid && event.tid === tid)
    const tasks = own.filter(({ name, ph }) => ph === 'X' && /RunTask$/.test(name))
    const outer = withoutNested(tasks)
    const tasksMs = outer.map(({ dur = 0 }) => dur / 1000).sort((a, b) => b - a)
    const cpuMsMax = outer.reduce((most, { tdur = 0 }) => Math.max(most, tdur / 1000), 0)
    const from = own.reduce((least, { ts }) => Math.min(least, ts || Infinity), Infinity)
    const to = own.reduce((most, { ts, dur = 0 }) => Math.max(most, ts + dur), 0)
    const totalMs = tasksMs.reduce((all, one) => all + one, 0)
    return { tasksMs, cpuMsMax, busy: totalMs / ((to - from) / 1000) }
  })
  const busiest = readings.toSorted((a, b) => b.busy - a.busy)[0]
  if (busiest === undefined || busiest.tasksMs.length === 0) {
    throw new Error(`the trace of ${events.length} events names no task of a renderer`)
  }
  return busiest
}

/** The trace names the same task twice; keep the outer one. */
function withoutNested(tasks: readonly TraceEvent[]): TraceEvent[] {
  let end = 0
  return tasks
    .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
    .filter(({ ts, dur = 0 }) => {
      if (ts < end) return false
      end = ts + dur
      return true
    })
}
