/** Faults 5 to 7: the process lives and does not get on. */
import { demand } from './demand.ts'
import type { Fault } from './fault.ts'
import { killedInRun } from './killed_in_run.ts'
import { faulty } from './sections.ts'
import type { Plane } from './stage.ts'

/** Seconds. Long enough for a busy machine to start the program and see it load; the other one is the shortest that there is. */
const LOADING_TIMEOUT_S = 5
const SILENT_TIMEOUT_S = 1

export const HANG_FAULTS: readonly Fault[] = [
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
      'three missed health checks, or a stalled_s that grows, cost the process: it is killed and replaced; what was in flight is answered backend_lost',
    run: async (stage) => {
      const plane = await stage.open({
        hang_run: await faulty('hang_in_run', ['--requests', '3', ...stage.once('hang_run')]),
        stall_run: await faulty('stall_in_run', ['--requests', '3', ...stage.once('stall_run')]),
      })
      const [missed, stalled] = await Promise.all([
        killedInRun(stage, plane, {
          name: 'hang_run',
          requests: 3,
          reason: /stopped answering health checks \(3 missed\)/,
        }),
        killedInRun(stage, plane, {
          name: 'stall_run',
          requests: 3,
          reason: /outlasted its deadline by \d+ s/,
        }),
      ])
      return `killed: ${missed}; killed: ${stalled}; 6 requests answered backend_lost, both ready again`
    },
  },
  {
    name: 'ignoring SIGTERM',
    documented:
      'a stop ends it by force after request_timeout + 5 s, with all that it started; no crash card; the stop tells what was given back',
    run: async (stage) => {
      const name = 'deaf'
      const keys = { request_timeout: 0.1 }
      const plane = await stage.open({ [name]: await faulty('ignore_sigterm', ['--family'], keys) })
      const { pid } = await plane.link.ready(name)
      demand(pid !== null, 'no pid is shown')
      const family = [pid, ...(await plane.census.descendants(pid))]
      demand(family.length >= 3, `only pid ${family.join(', ')} of guard, program and child run`)
      await plane.link.call('backends.stop', { name })
      const { last_stop: stop } = await plane.link.backendWhere(
        name,
        'went off',
        ({ state }) => state === 'disabled',
      )
      const running = await plane.census.running()
      const left = family.filter((one) => running.includes(one))
      demand(left.length === 0, `pid ${left.join(', ')} still runs after the stop`)
      demand(
        stop?.port_free === true && stop.leftover_pids.length === 0,
        `the stop says: ${stop?.sentence}`,
      )
      const cards = await plane.link.cards(name, 0)
      demand(cards.length === 0, 'a stop that was asked for left a crash card')
      const log = await plane.link.call('logs.search', {
        query: { pattern: `${name}: killed: it did not stop within 5.1 s` },
        limit: 1,
      })
      demand(log.matched === 1, 'the log does not say that it was killed after its grace')
      return `killed after 5.1 s with its child; ${stop.sentence}`
    },
  },
]

/** Answers the reason for which it was ended, after its startup_timeout, in that phase. */
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
    `the card of ${name} says: ${card?.phase}, ${card?.kill_reason}`,
  )
  return detail
}
