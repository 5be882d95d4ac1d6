/** What a fault is: a row of the tables beside this file. */
import type { Stage } from './fixture.ts'

export interface Fault {
  name: string
  /** What docs/ and ARCHITECTURE.md promise of it. */
  documented: string
  /** Lets it happen and answers, in words, what was seen; rejects with what was not as documented. */
  run(stage: Stage): Promise<string>
}
