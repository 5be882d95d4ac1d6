/** A fault: one row of the tables in this folder. */
import type { Stage } from './fixture.ts'

export interface Fault {
  name: string
  /** The promise of docs/ and ARCHITECTURE.md. */
  documented: string
  /** Resolves with the observation; rejects if it differs from the documentation. */
  run(stage: Stage): Promise<string>
}
