/** The process is alive but makes no progress. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { demand } from './demand.ts'
import { endlessModel } from './endless_model.ts'
import { testFaults } from './test_faults.ts'
import { killedInRun } from './killed_in_run.ts'
import { BRIEF, faulty, onnx, SILENT, TINY_SIDE, type Section } from './sections.ts'
import type { Plane, Stage } from './fixture.ts'

/** Seconds. Long enough for a busy machine to observe the loading phase; the other one is the minimum. */
const LOADING_TIMEOUT_S = 5
const SILENT_TIMEOUT_S = 1
const STALLED = /exceeded its deadline by \d+ s/

testFaults('a backend process that hangs', [
  {
    name: 'hang in load',
    documented:
      'ended after startup_timeout, whether it answers health checks or does not even listen; the reason names the key',
    run: async (stage) => {
      const keys = (seconds: number) => ({ startup_timeout: seconds, max_reconnect_attempts: 0 })
      const plane = await stage.open({
        hang_loading: await faulty('hang_in_load', [], keys(LOADING_TIMEOUT_S)),
        hang_silent: await faulty('hang_before_listening', [], keys(SILENT_TIMEOUT_S)),
      })
      const details = [
        await overdue(plane, 'hang_loading', 'loading', /did not become ready within 5 s/),
        await overdue(plane, 'hang_silent', 'starting', /did not answer .* within 1 s/),
      ]
      return details.join('; ')
    },
  },
  {
    name: 'hang in run',
    documented:
      'a third-party process that answers neither health checks nor requests for request_timeout + 5 s, or whose stalled_s grows, is killed and replaced; what was in flight is answered timeout or backend_lost. So is a built-in one whose run never returns',
    run: async (stage) => {
      const plane = await stage.open({
        hang_run: await faulty(
          'hang_in_run',
          ['--requests', '3', ...stage.once('hang_run')],
          BRIEF,
        ),
        stall_run: await faulty('stall_in_run', ['--requests', '3', ...stage.once('stall_run')]),
        endless_run: await endless(stage),
      })
      const [missed, stalled, endlessly] = await Promise.all([
        killedInRun(stage, plane, {
          name: 'hang_run',
          requests: 3,
          reason: SILENT,
          answer: 'timeout',
        }),
        killedInRun(stage, plane, {
          name: 'stall_run',
          requests: 3,
          reason: STALLED,
        }),
        hungModelThread(stage, plane, 'endless_run'),
      ])
      return `killed: ${missed}; killed: ${stalled}; 3 requests answered timeout, 3 backend_lost; a run of onnxruntime that never returns: ${endlessly}; all ready again`
    },
  },
  {
    name: 'ignoring SIGTERM',
    documented:
      'a stop kills it after stop_timeout, whatever its request_timeout, with all that it started; no crash card; the stop reports what was freed',
    run: async (stage) => {
      const name = 'deaf'
      const keys = { request_timeout: 3600, stop_timeout: 1 }
      const plane = await stage.open({ [name]: await faulty('ignore_sigterm', ['--family'], keys) })
      const { pid } = await plane.link.ready(name)
      demand(pid !== null, 'no pid is shown')
      const family = [pid, ...(await plane.processes.descendants(pid))]
      demand(family.length >= 3, `only pid ${family.join(', ')} of guard, program and child run`)
      await plane.link.call('backends.stop', { name })
      const { last_stop: stop } = await plane.link.backendWhere(
        name,
        'went off',
        ({ state }) => state === 'disabled',
      )
      const running = await plane.processes.running()
      const left = family.filter((one) => running.includes(one))
      demand(left.length === 0, `pid ${left.join(', ')} still runs after the stop`)
      demand(
        stop?.port_free === true && stop.leftover_pids.length === 0,
        `the stop shows: ${stop?.sentence}`,
      )
      const cards = await plane.link.cards(name, 0)
      demand(cards.length === 0, 'a requested stop left a crash card')
      const log = await plane.link.call('logs.search', {
        query: { pattern: `${name}: killed: it did not exit within 1` },
        limit: 1,
      })
      demand(log.matched === 1, 'the log does not say that it was killed after its grace')
      return `killed after stop_timeout with its child; ${stop.sentence}`
    },
  },
])

/** `runtime: onnx` with a model that hangs in its run. */
async function endless(stage: Stage): Promise<Section> {
  const model = path.join(stage.folder, 'endless.onnx')
  writeFileSync(model, endlessModel(TINY_SIDE))
  // A busy machine may need over half a second for the request after the restart.
  return onnx(model, { request_timeout: 2, sessions: 1 })
}

/** The main thread still responds: only `stalled_s` reveals the hanging model thread. */
async function hungModelThread(stage: Stage, plane: Plane, name: string): Promise<string> {
  const { link } = plane
  const { pid } = await link.ready(name)
  const flow = await stage.requests(plane, name)
  const [hung = ''] = await flow.outcomes(flow.send(1, await picture(255)))
  demand(hung === 'timeout', `${name} answered ${hung}`)
  await link.replaced(name, pid)
  const [card] = await link.cards(name, 1)
  const reason = card?.kill_reason ?? 'it ended by itself'
  demand(STALLED.test(reason), `the card of ${name} shows: ${reason}`)
  demand(link.missedPongsPeak.get(name) === 0, 'its main thread missed a health check')
  const [after = ''] = await flow.outcomes(flow.send(1, await picture(0)))
  demand(after === 'ok', `after the restart ${name} answered ${after}`)
  return `1 request answered timeout, killed: ${reason}`
}

/** Uniform brightness, 0 to 255. */
const picture = (level: number): Promise<Buffer> =>
  sharp(Buffer.alloc(TINY_SIDE * TINY_SIDE * 3, level), {
    raw: { width: TINY_SIDE, height: TINY_SIDE, channels: 3 },
  })
    .png()
    .toBuffer()

/** Resolves with the reason for the kill after startup_timeout in that phase. */
async function overdue(
  { link }: Plane,
  name: string,
  phase: string,
  reason: RegExp,
): Promise<string> {
  const { detail } = await link.backendWhere(name, 'failed', ({ state }) => state === 'failed')
  demand(
    detail !== null && reason.test(detail) && detail.includes('(startup_timeout)'),
    `${name} failed with: ${detail}`,
  )
  const [card] = await link.cards(name, 1)
  demand(
    card?.phase === phase && reason.test(card.kill_reason ?? ''),
    `the card of ${name} shows: ${card?.phase}, ${card?.kill_reason}`,
  )
  return detail
}
