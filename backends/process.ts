/** Entry that the control plane's launchers start: one backend in its own process. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { startAhead } from './base/model_thread.ts'
import { keepCompiledCode } from './compile_cache.ts'

// dist/backends/process.js
const rootDir = path.resolve(import.meta.dirname, '../..')
keepCompiledCode(rootDir)
const argv = process.argv.slice(2)
// A guess, since the options are read by code that is loaded below; a wrong one costs nothing but the head start.
const [likelyName = ''] = argv
startAhead(pathToFileURL(path.join(rootDir, 'dist', 'backends', 'worker.js')), likelyName)
const { runBackend } = await import('./main.ts')
await runBackend({ argv, rootDir })
