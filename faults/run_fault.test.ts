/** The check that every fault goes through. */
import { expect, it } from 'vitest'
import { demand } from './demand.ts'
import { runFault } from './run_fault.ts'
import { faulty } from './sections.ts'

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
