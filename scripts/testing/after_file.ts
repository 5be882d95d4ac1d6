/** Setup file of vitest: a test file that leaves a timer, socket, server, watcher or process open fails. */
import path from 'node:path'
import { afterAll, expect } from 'vitest'
import { leakedHandles, openHandles } from './open_handles.ts'

const before = openHandles()

afterAll(async () => {
  // A DOM has its own timers.
  if ('window' in globalThis) return
  const leaks = await leakedHandles(before)
  if (leaks.length === 0) return
  const file = path.relative(process.cwd(), expect.getState().testPath ?? '')
  throw new Error(
    `${file} left open: ${leaks.join(', ')}. Close it in the test that opens it, or in afterEach.`,
  )
})
