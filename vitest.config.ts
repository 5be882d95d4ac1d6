/** Unit and integration tests: every *.test.ts beside its source. End-to-end tests are Playwright's. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'dist/**', 'e2e/**', '.cache/**'],
    globalSetup: './scripts/testing/before_tests.mjs',
    setupFiles: './scripts/testing/after_file.ts',
    // One more than the cores of a small machine: a third of the time goes to waits for real processes.
    maxWorkers: 3,
    // Real processes load real models; a fake clock is used where time itself is tested.
    // A bound for hangs, not for speed: a loaded machine takes three times as long.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
})
