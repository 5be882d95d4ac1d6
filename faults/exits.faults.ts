import { demand } from './demand.ts'
import { testFaults } from './test_faults.ts'
import { areAll } from './request_flow.ts'
import { faulty } from './sections.ts'
import type { Stage } from './fixture.ts'

testFaults('a backend process that ends by itself', [
  {
    name: 'exit at init',
    documented:
      'a crash card of the phase "starting" for each try; after max_reconnect_attempts it is failed with the number of restarts; requests are answered not_ready',
    run: async (stage) => {
      const keys = { max_reconnect_attempts: 2 }
      const plane = await stage.open({ exit_init: await faulty('exit_at_init', [], keys) })
      const { detail } = await plane.link.backendWhere(
        'exit_init',
        'failed',
        ({ state }) => state === 'failed',
      )
      demand(/2 restarts were tried/.test(detail ?? ''), `failed shows: ${detail}`)
      const cards = await plane.link.cards('exit_init', 3)
      const seen = cards.map(({ phase, attempt, exit }) => `${phase} ${attempt} ${exit.code}`)
      demand(
        seen.join() === 'starting 1 17,starting 2 17,starting 3 17',
        `the cards are: ${seen.join('; ')}`,
      )
      const outcomes = await (await stage.requests(plane, 'exit_init')).ask(3)
      demand(areAll(outcomes, 'not_ready'), `requests were answered ${outcomes.join(', ')}`)
      return `failed: ${detail}; 3 cards`
    },
  },
  {
    name: 'exit at load',
    documented: 'a crash card of the phase "loading"; started again after a backoff, and ready',
    run: (stage) => exitsOnTheWay(stage, 'exit_load', 'exit_at_load', 18),
  },
  {
    name: 'exit at warm-up',
    documented: 'a crash card of the phase "loading"; started again after a backoff, and ready',
    run: (stage) => exitsOnTheWay(stage, 'exit_warmup', 'exit_at_warmup', 19),
  },
  {
    name: 'exit in run',
    documented:
      'each request in flight is answered once, with backend_lost; the card lists them; started again, and it answers',
    run: async (stage) => {
      const name = 'exit_run'
      const args = ['--requests', '8', ...stage.once(name)]
      const plane = await stage.open({ [name]: await faulty('exit_in_run', args) })
      const { pid } = await plane.link.ready(name)
      const flow = await stage.requests(plane, name)
      const outcomes = await flow.ask(8)
      demand(areAll(outcomes, 'backend_lost'), `requests were answered ${outcomes.join(', ')}`)
      const [card] = await plane.link.cards(name, 1)
      demand(card?.phase === 'ready', `the card names the phase ${card?.phase}`)
      demand(card.exit.code === 20, `the card shows ${card.exit.words}`)
      demand(card.in_flight.length === 8, `the card lists ${card.in_flight.length} requests of 8`)
      await plane.link.replaced(name, pid)
      const after = await flow.ask(3)
      demand(areAll(after, 'ok'), `after the restart requests were answered ${after.join(', ')}`)
      return `8 requests answered backend_lost, all on the card; ready again, 3 answered`
    },
  },
])

async function exitsOnTheWay(
  stage: Stage,
  name: string,
  fault: string,
  code: number,
): Promise<string> {
  const plane = await stage.open({ [name]: await faulty(fault, stage.once(name)) })
  await plane.link.ready(name)
  const states = await plane.link.states(name)
  // A busy supervisor may miss a quick load.
  demand(
    /^starting loading backoff starting (loading )?ready$/.test(states.join(' ')),
    `its states were ${states.join(', ')}`,
  )
  const cards = await plane.link.cards(name, 1)
  const [card] = cards
  demand(cards.length === 1, `there are ${cards.length} cards instead of 1`)
  demand(
    card?.phase === 'loading' && card.exit.code === code,
    `the card shows: ${card?.phase}, ${card?.exit.words}`,
  )
  const outcomes = await (await stage.requests(plane, name)).ask(2)
  demand(areAll(outcomes, 'ok'), `requests were answered ${outcomes.join(', ')}`)
  return `card: ${card.exit.words} in the phase ${card.phase}; ready at the second start`
}
