/** Setup file of vitest: a test file that leaves a timer, socket, server, watcher or process open fails. */
import path from 'node:path'
import { afterAll, expect } from 'vitest'
import { leakedHandles, openHandles } from './open_handles.ts'

/** Folders without leaks. Some tests of the others, which start whole programs, leave sockets open. */
const CHECKED = ['client', 'config', 'files', 'gateway', 'protocol', 'server']
const before = openHandles()

afterAll(async () => {
  const file = path.relative(process.cwd(), expect.getState().testPath ?? '')
  const [folder = ''] = file.split(path.sep)
  // A DOM has its own timers.
  if (!CHECKED.includes(folder) || 'window' in globalThis) return
  const leaks = await leakedHandles(before)
  if (leaks.length === 0) return
  throw new Error(
    `${file} left open: ${leaks.join(', ')}. Close it in the test that opens it, or in afterEach.`,
  )
})
