/** Entry of a backend process, started by Switchyard's launchers. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { startAhead } from './base/model_thread.ts'
import { keepCompiledCode } from './compile_cache.ts'

// dist/backends/process.js
const rootDir = path.resolve(import.meta.dirname, '../..')
keepCompiledCode(rootDir)
const argv = process.argv.slice(2)
// A guess that starts preloading before the options are parsed; a wrong one is harmless.
const [likelyName = ''] = argv
startAhead(pathToFileURL(path.join(rootDir, 'dist', 'backends', 'worker.js')), likelyName)
const { runBackend } = await import('./main.ts')
await runBackend({ argv, rootDir })
