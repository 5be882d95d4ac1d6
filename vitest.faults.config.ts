/** `npm run faults`: real faults on real processes. Each file is a separate process; `-t pong` runs a part. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['faults/*.faults.ts'],
    globalSetup: './scripts/testing/before_tests.mjs',
    pool: 'forks',
    // Most of a fault is a wait for the deadline that it must meet.
    maxWorkers: 4,
    // What was seen belongs to the result, one line for each fault.
    disableConsoleIntercept: true,
  },
})
