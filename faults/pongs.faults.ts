/** Health checks are answered wrongly, late or in parts. */
import { demand } from './demand.ts'
import { testFaults } from './test_faults.ts'
import { areAll } from './request_flow.ts'
import { BRIEF, faulty, SILENT } from './sections.ts'
import { killedInRun } from './killed_in_run.ts'

testFaults('health checks answered wrongly', [
  {
    name: 'wrong JSON pong',
    documented:
      'such an answer does not count: the log reports that it is not JSON, and the process is killed after request_timeout + 5 s, as for silence',
    run: async (stage) => {
      const name = 'wrong_pong'
      const args = ['--requests', '2', ...stage.once(name)]
      const plane = await stage.open({ [name]: await faulty('wrong_pong', args, BRIEF) })
      const reason = await killedInRun(stage, plane, {
        name,
        requests: 2,
        reason: SILENT,
        answer: 'timeout',
      })
      const pattern = 'health check missed: the answer to health_check is not JSON'
      const { matched } = await plane.link.call('logs.search', { query: { pattern }, limit: 1 })
      demand(matched > 0, 'the log does not say that the answer is not JSON')
      return `the log shows "not JSON"; killed: ${reason}; ready again`
    },
  },
  {
    name: 'slow pong',
    documented:
      'two slow pongs in a row make it degraded, with their time; it goes on serving; quick ones make it ready again; no restart',
    run: async (stage) => {
      const name = 'slow_pong'
      // Longer than the delay of the pongs, so none is missed.
      const section = await faulty('slow_pong', [], { health_interval: 1 })
      const plane = await stage.open({ [name]: section })
      const { pid } = await plane.link.ready(name)
      const flow = await stage.requests(plane, name)
      demand(areAll(await flow.ask(1), 'ok'), 'the first request was not answered')
      const { detail } = await plane.link.backendWhere(
        name,
        'was degraded',
        ({ state }) => state === 'degraded',
      )
      demand(/slow to answer health checks: \d+ ms/.test(detail ?? ''), `degraded: ${detail}`)
      const outcomes = await flow.ask(3)
      demand(areAll(outcomes, 'ok'), `while degraded it answered ${outcomes.join(', ')}`)
      const after = await plane.link.ready(name)
      demand(after.pid === pid, 'it was restarted')
      demand((await plane.link.cards(name, 0)).length === 0, 'a crash card was kept')
      return `degraded: ${detail}; 3 requests answered meanwhile; ready again, same process`
    },
  },
  {
    name: 'half a frame',
    documented:
      'half a pong counts as silence, for which the process is killed after request_timeout + 5 s; half a reply is answered timeout when silence follows, and backend_lost when death does; once each',
    run: async (stage) => {
      const args = (name: string) => ['--requests', '2', ...stage.once(name)]
      const plane = await stage.open({
        half_pong: await faulty('half_pong', args('half_pong'), BRIEF),
        half_dead: await faulty('half_reply_then_death', args('half_dead')),
        half_silent: await faulty('half_reply_then_silence', args('half_silent'), {
          request_timeout: 1,
        }),
      })
      await killedInRun(stage, plane, {
        name: 'half_pong',
        requests: 2,
        reason: SILENT,
        answer: 'timeout',
      })
      const dead = await stage.requests(plane, 'half_dead')
      await plane.link.ready('half_dead')
      const lost = await dead.ask(2)
      demand(areAll(lost, 'backend_lost'), `half a reply, then death: ${lost.join(', ')}`)
      const [card] = await plane.link.cards('half_dead', 1)
      demand(card?.exit.code === 21, `the card shows: ${card?.exit.words}`)
      const { pid } = await plane.link.ready('half_silent')
      const timedOut = await (await stage.requests(plane, 'half_silent')).ask(2)
      demand(areAll(timedOut, 'timeout'), `half a reply, then silence: ${timedOut.join(', ')}`)
      // A new connection, since the old one waits for the rest of the frame.
      const view = await plane.link.ready('half_silent')
      demand(view.pid === pid, 'the one that answers health checks was restarted')
      await plane.link.ready('half_dead')
      return 'half a pong: killed and replaced; half a reply: 2 timeout, 2 backend_lost'
    },
  },
])
