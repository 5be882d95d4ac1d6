/** The control plane itself is killed. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort, STATE_DIR, until } from '../testing/processes.ts'
import { colourMeansModel } from '../testing/tiny_onnx.ts'
import { demand } from './demand.ts'
import { testFaults } from './test_faults.ts'
import { faulty, onnx, TINY_SIDE } from './sections.ts'
import type { Stage } from './fixture.ts'

/** Until the children of a killed Switchyard have exited. */
const GONE_MS_MAX = 2000

testFaults('a control plane that is killed', [
  {
    name: 'parent SIGKILL',
    documented:
      'children of every kind, and what they started, exit within 2 s; what somebody else runs is not touched; one that hangs is ended by the next start',
    run: async (stage) => {
      const model = path.join(stage.folder, 'means.onnx')
      writeFileSync(model, colourMeansModel(TINY_SIDE))
      const port = await freePort()
      const other = stage.startFaulty('none', 'localhost', port)
      await other.waitFor(/listening/)
      const sections = {
        // Needs no model file.
        eeg: { enabled: true, port: await freePort(), health_interval: 0.25 },
        ours: await onnx(model),
        foreign: await faulty('ignore_sigterm', ['--family']),
        lab: { runtime: 'external', port, enabled: true, health_interval: 0.25 },
      }
      const plane = await stage.open(sections)
      for (const name of Object.keys(sections)) await plane.link.ready(name)
      const { pid } = plane.panel.process
      const children = await plane.processes.descendants(pid)
      demand(children.length >= 5, `only pid ${children.join(', ')} run`)
      await plane.processes.look(pid)
      const killedMs = performance.now()
      await stage.kill(plane)
      await until('the children to end', async () => {
        const running = await plane.processes.running()
        return running.length === 0
      })
      const goneMs = Math.round(performance.now() - killedMs)
      demand(goneMs <= GONE_MS_MAX, `the children had exited after ${goneMs} ms`)
      const isAnswering = await fetch(`http://localhost:${port}`).then(
        () => true,
        () => false,
      )
      demand(isAnswering, 'the backend that somebody else runs was ended')
      other.signal('SIGTERM')
      await other.exited
      const cleaned = await hungChild(stage)
      return `${children.length} children gone after ${goneMs} ms, the external backend untouched; ${cleaned}`
    },
  },
])

/** Stopped children cannot notice that Switchyard has exited. Resolves with what the next start logged about them. */
async function hungChild(stage: Stage): Promise<string> {
  if (process.platform === 'win32') return 'hung children not tried: Windows stops no process'
  const plane = await stage.open({ hung: await faulty('none', ['--family']) })
  const { pid } = await plane.link.ready('hung')
  const family = await plane.processes.descendants(plane.panel.process.pid)
  await plane.processes.look(plane.panel.process.pid)
  // The pid file is written concurrently with the start.
  await until('the pid file to name the child', () => isInPidFile(pid))
  for (const child of family) process.kill(child, 'SIGSTOP')
  await stage.kill(plane)
  const stillRunning = await plane.processes.running()
  demand(
    family.every((child) => stillRunning.includes(child)),
    'the stopped children ended by themselves: the next start has nothing to show',
  )
  const next = await stage.open({})
  const left = await plane.processes.running()
  demand(left.length === 0, `pid ${left.join(', ')} of the hung ones runs after the next start`)
  const said = await next.link.call('logs.search', {
    query: { pattern: `pid ${pid}), left running by the control plane` },
    limit: 1,
  })
  const [line] = said.lines
  demand(line?.message.includes('was ended by force') === true, `the log shows: ${line?.message}`)
  return `a hung one: ${line.message}`
}

function isInPidFile(pid: number | null): boolean {
  const folder = path.join(STATE_DIR, 'processes')
  return readdirSync(folder).some((name) =>
    readFileSync(path.join(folder, name), 'utf8').includes(`"pid": ${pid},`),
  )
}
