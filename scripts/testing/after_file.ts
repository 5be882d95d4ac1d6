/** Setup file of vitest: a test file that leaves a timer, socket, server, watcher or process open fails. */
import path from 'node:path'
import { afterAll, expect } from 'vitest'
import { leakedHandles, openHandles } from './open_handles.ts'

/** Their sockets and timers end by themselves, within the time that a peer is given to close. */
const SLOW_TO_CLOSE = ['control/config_change.test.ts', 'control/ports/examine_port.test.ts']
const before = openHandles()

afterAll(async () => {
  const file = path.relative(process.cwd(), expect.getState().testPath ?? '')
  // A DOM has its own timers.
  if (SLOW_TO_CLOSE.includes(file.replaceAll('\\', '/')) || 'window' in globalThis) return
  const leaks = await leakedHandles(before)
  if (leaks.length === 0) return
  throw new Error(
    `${file} left open: ${leaks.join(', ')}. Close it in the test that opens it, or in afterEach.`,
  )
})
