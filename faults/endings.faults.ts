/** How Switchyard exits, which processes exit with it, and how its terminal can affect it. */
import { writeFileSync } from 'node:fs'
import { freePort, isAlive, until } from '../testing/processes.ts'
import { demand } from './demand.ts'
import { areAll } from './request_flow.ts'
import { faulty, faultyCommand } from './sections.ts'
import type { Plane } from './fixture.ts'
import { testFaults } from './test_faults.ts'

/** Far more output than a pipe and Node's buffers hold. */
const EDITS = 10

testFaults('an end that does not go as planned', [
  {
    name: 'closed stdout',
    documented: 'who reads the output goes away; lines are lost, and everything runs on',
    run: async (stage) => {
      const plane = await stage.open({
        good: await faulty('none'),
        noisy: await faulty('exit_in_run', stage.once('noisy')),
      })
      await Promise.all([plane.link.ready('good'), plane.link.ready('noisy')])
      plane.panel.process.closeOutput()
      // A crash is written to stderr.
      const lost = await (await stage.requests(plane, 'noisy')).ask(1)
      demand(areAll(lost, 'backend_lost'), `the crashing one answered ${lost.join(', ')}`)
      await plane.link.cards('noisy', 1)
      await plane.link.ready('noisy')
      const outcomes = await (await stage.requests(plane, 'good')).ask(3)
      demand(areAll(outcomes, 'ok'), `the other one answered ${outcomes.join(', ')}`)
      return 'a crash was reported to nobody; both serve'
    },
  },
  {
    name: 'second Ctrl+C',
    documented: 'the first stops in order, the second ends everything immediately',
    run: async (stage) => {
      const keys = { request_timeout: 60 }
      const plane = await stage.open({ deaf: await faulty('ignore_sigterm', ['--family'], keys) })
      await plane.link.ready('deaf')
      const { process: program } = plane.panel
      program.signal('SIGINT')
      await program.waitFor(/Repeat to stop immediately/)
      // Signals right after the first belong to the same key press.
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const askedMs = performance.now()
      program.signal('SIGINT')
      const { code } = await program.exited
      const tookMs = Math.round(performance.now() - askedMs)
      demand(tookMs < 10_000, `it ended ${tookMs} ms after the second`)
      demand(code === 130, `it ended with ${code}`)
      stage.hasEnded(plane)
      return `ended with 130, ${tookMs} ms after the second`
    },
  },
  {
    name: 'a daemon of a backend',
    documented:
      'what a backend starts and lets go of ends with the backend, or is named as left over',
    run: async (stage) => {
      const plane = await stage.open({ forks: await faulty('none', ['--daemon']) })
      await plane.link.ready('forks')
      const pid = await pidOf(plane, 'daemon')
      await plane.link.call('backends.stop', { name: 'forks' })
      const { last_stop: stop } = await plane.link.backendWhere(
        'forks',
        'went off',
        ({ state }) => state === 'disabled',
      )
      try {
        if (stop?.leftover_pids.includes(pid) === true) return `named: ${stop.sentence}`
        await until(
          `the daemon to be gone (the stop shows: ${stop?.sentence})`,
          () => !isAlive(pid),
        )
        return 'ended with its backend'
      } finally {
        if (isAlive(pid)) process.kill(pid, 'SIGKILL')
      }
    },
  },
  {
    name: 'a wrapper script',
    documented: 'the program below a shell gets the signal to stop, and ends in order',
    run: async (stage) => {
      if (process.platform === 'win32') return 'not tried: no /bin/sh'
      const [node = '', ...args] = faultyCommand('none')
      const words = [node, ...args].map((word) => `'${word}'`).join(' ')
      const section = {
        ...(await faulty('none')),
        // Not `exec`: the shell stays in between.
        command: ['/bin/sh', '-c', `${words}; echo "INFO program ended with $?"`],
        request_timeout: 30,
      }
      const plane = await stage.open({ wrapped: section })
      await plane.link.ready('wrapped')
      const begunMs = performance.now()
      await plane.link.call('backends.stop', { name: 'wrapped' })
      const { last_stop: stop } = await plane.link.backendWhere(
        'wrapped',
        'went off',
        ({ state }) => state === 'disabled',
      )
      const tookMs = Math.round(performance.now() - begunMs)
      demand(stop?.port_free === true, `the stop shows: ${stop?.sentence}`)
      demand(stop.leftover_pids.length === 0, `the stop shows: ${stop.sentence}`)
      demand(tookMs < 20_000, `it took ${tookMs} ms: it was killed after its grace`)
      return `stopped after ${tookMs} ms; ${stop.sentence}`
    },
  },
  {
    name: 'a foreign program on the port',
    documented: 'it is not taken for the backend, although it speaks the protocol',
    run: async (stage) => {
      const section = await faulty('none', [], { max_reconnect_attempts: 1 })
      const holder = stage.startFaulty('none', 'localhost', section.port)
      await holder.waitFor(/listening/)
      const plane = await stage.open({ taken: section })
      const { detail } = await plane.link.backendWhere(
        'taken',
        'failed',
        ({ state }) => state === 'failed',
      )
      const states = await plane.link.states('taken')
      demand(!states.includes('ready'), `its states were ${states.join(', ')}`)
      holder.signal('SIGTERM')
      await holder.exited
      return `failed: ${detail}`
    },
  },
  {
    name: 'a busy third-party backend',
    documented: 'a run of 9 s that blocks its health checks is waited for; it is not killed',
    run: async (stage) => {
      const section = await faulty('busy_in_run', ['--size', '9000'])
      const plane = await stage.open({ busy: section })
      const { pid } = await plane.link.ready('busy')
      const outcomes = await (await stage.requests(plane, 'busy')).ask(1)
      demand(areAll(outcomes, 'ok'), `it answered ${outcomes.join(', ')}`)
      await plane.link.ready('busy')
      demand(plane.link.backend('busy').pid === pid, 'it was killed')
      return 'answered after 9 s by the same process'
    },
  },
  {
    name: 'an external backend that is not there',
    documented: 'it is shown as not reachable and is served once it is there; nothing crashes',
    run: async (stage) => {
      const port = await freePort()
      const lab = { runtime: 'external', port, enabled: true, health_interval: 0.25 }
      const plane = await stage.open({ lab })
      await until('a state of the external one', () =>
        ['unreachable', 'backoff', 'failed', 'starting'].includes(plane.link.backend('lab').state),
      )
      const early = await (await stage.requests(plane, 'lab')).ask(1)
      demand(areAll(early, 'not_ready'), `it answered ${early.join(', ')}`)
      const cards = await plane.link.cards('lab', 0)
      demand(cards.length === 0, 'it has a crash card')
      const { state } = plane.link.backend('lab')
      const program = stage.startFaulty('none', 'localhost', port)
      await program.waitFor(/listening/)
      await plane.link.ready('lab')
      const outcomes = await (await stage.requests(plane, 'lab')).ask(2)
      demand(areAll(outcomes, 'ok'), `it answered ${outcomes.join(', ')}`)
      program.signal('SIGTERM')
      await program.exited
      return `${state}; ready once it was there`
    },
  },
  {
    name: 'unread output',
    documented: 'a terminal that takes nothing more (Ctrl+S) delays nobody',
    run: async (stage) => {
      const good = await faulty('none')
      const plane = await stage.open({ good })
      await plane.link.ready('good')
      const flow = await stage.requests(plane, 'good')
      const release = plane.panel.process.holdOutput()
      try {
        for (let edit = 0; edit < EDITS; edit++) {
          const bad = Array.from({ length: 100 }, (_, at) => [`bad${edit}_${at}`, { port: 0 }])
          const sections = { good, ...(Object.fromEntries(bad) as object) }
          writeFileSync(plane.panel.file, JSON.stringify({ model_backends: sections }))
          await until(`the refusal of edit ${edit}`, () =>
            plane.link.snapshot.plane.config.problems.some(({ key }) =>
              key.includes(`bad${edit}_`),
            ),
          )
          const outcomes = await flow.ask(1)
          demand(areAll(outcomes, 'ok'), `the backend answered ${outcomes.join(', ')}`)
        }
      } finally {
        release()
      }
      return `${EDITS} edits with 100 problems each were refused, and nobody read of it`
    },
  },
])

async function pidOf({ link }: Plane, what: string): Promise<number> {
  const line = await until(`the line of the ${what}`, async () => {
    const query = { pattern: `${what} \\d`, is_regex: true }
    return (await link.call('logs.search', { query, limit: 1 })).lines[0]
  })
  return Number(/\d+/.exec(line.message.slice(line.message.indexOf(what)))?.[0])
}
