/** Common part of running faults: the process is killed for a reason and replaced. */
import { demand } from './demand.ts'
import { areAll } from './request_flow.ts'
import type { Plane, Stage } from './fixture.ts'

/**
 * Sends the requests that trigger the fault and checks replies, crash card and replacement. Resolves with the kill
 * reason.
 */
export async function killedInRun(
  stage: Stage,
  { link, ...plane }: Plane,
  {
    name,
    requests,
    reason,
    answer = 'backend_lost',
  }: { name: string; requests: number; reason: RegExp; answer?: 'backend_lost' | 'timeout' },
): Promise<string> {
  const { pid } = await link.ready(name)
  const flow = await stage.requests({ link, ...plane }, name)
  const outcomes = await flow.ask(requests)
  demand(areAll(outcomes, answer), `${name} answered ${outcomes.join(', ')}`)
  const [card] = await link.cards(name, 1)
  const killReason = card?.kill_reason ?? 'it ended by itself'
  demand(reason.test(killReason), `the card of ${name} shows: ${killReason}`)
  await link.replaced(name, pid)
  const after = await flow.ask(2)
  demand(areAll(after, 'ok'), `after the restart ${name} answered ${after.join(', ')}`)
  return killReason
}
