/** Entry that the control plane's launchers start: one backend, as a program of its own. */
import path from 'node:path'
import { runBackend } from './main.ts'

// dist/backends/process.js
await runBackend({
  argv: process.argv.slice(2),
  rootDir: path.resolve(import.meta.dirname, '../..'),
})
