/** Faults as vitest tests: `npm run faults` runs two files at a time. */
import { describe, it } from 'vitest'
import type { Fault } from './fault.ts'
import { runFault } from './run_fault.ts'

/** Longer than any wait inside a fault, so that the fault reports what it waited for. */
const FAULT_MS_MAX = 180_000

export function testFaults(title: string, faults: readonly Fault[]): void {
  describe(title, () => {
    for (const fault of faults) {
      it(
        `${fault.name}: ${fault.documented}`,
        async () => {
          const { isAsDocumented, seen, requests } = await runFault(fault)
          if (!isAsDocumented) throw new Error(seen)
          console.log(`${fault.name}: ${seen.replaceAll('\n', ' ')} [${requests} requests]`)
        },
        FAULT_MS_MAX,
      )
    }
  })
}
