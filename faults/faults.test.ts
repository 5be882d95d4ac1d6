/** Some of the faults as a test, quick ones; and that a fault which is not as documented is told apart. */
import { describe, expect, it } from 'vitest'
import { demand } from './demand.ts'
import type { Fault } from './fault.ts'
import { runFault } from './run_fault.ts'
import { faulty } from './sections.ts'
import { FAULTS } from './table.ts'

const faultOf = (name: string): Fault => {
  const fault = FAULTS.find((one) => one.name === name)
  if (fault === undefined) throw new Error(`there is no fault "${name}"`)
  return fault
}

describe('faults against the real control plane', () => {
  it('are eighteen, each with its own name and its documented behaviour', () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(18)
    expect(FAULTS.every(({ documented }) => documented.length > 20)).toBe(true)
  })

  it.each(['exit in run', 'wrong JSON pong', 'model file missing', 'out-of-memory text'])(
    '%s ends as documented',
    async (name) => {
      const outcome = await runFault(faultOf(name))
      expect(outcome, outcome.seen).toMatchObject({ isAsDocumented: true })
      expect(outcome.requests).toBeGreaterThan(0)
    },
  )

  it('a fault that ends in another way is not as documented', async () => {
    const outcome = await runFault({
      name: 'a good backend',
      documented: 'it crashes',
      run: async (stage) => {
        const plane = await stage.open({ good: await faulty('none') })
        const { state } = await plane.link.ready('good')
        demand(state === 'failed', `it is ${state}`)
        return 'it crashed'
      },
    })
    expect(outcome).toMatchObject({ isAsDocumented: false, seen: 'it is ready' })
  })
})
