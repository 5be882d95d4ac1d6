/** Runs one fault in its own fixture, with the checks shared by all faults. */
import { messageOf } from '../protocol/errors.ts'
import type { Fault } from './fault.ts'
import { Stage } from './fixture.ts'

export interface FaultOutcome {
  isAsDocumented: boolean
  /** The observation, or how it differs from the documentation. */
  seen: string
  /** Requests with exactly one reply each; 0 if unknown. */
  requests: number
}

/** Never rejects: failures are part of the outcome. */
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
