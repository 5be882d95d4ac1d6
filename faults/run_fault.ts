/** Runs one fault in a separate fixture, with the checks that hold for every fault. */
import { messageOf } from '../protocol/errors.ts'
import type { Fault } from './fault.ts'
import { Stage } from './fixture.ts'

export interface FaultOutcome {
  isAsDocumented: boolean
  /** In words: what happened, or what was not as documented. */
  seen: string
  /** Requests that had exactly one reply each; 0 when that was not found out. */
  requests: number
}

/** Never rejects: what goes wrong is the outcome. */
export async function runFault(fault: Fault): Promise<FaultOutcome> {
  const stage = new Stage()
  try {
    const seen = await fault.run(stage)
    return { isAsDocumented: true, seen, requests: await stage.settle() }
  } catch (error) {
    const seen = messageOf(error)
    return { isAsDocumented: false, seen, requests: 0 }
  } finally {
    await stage.close()
  }
}
