/** The minimum of a start: Node, the model's code, the sessions, their warm-up. Prints `ready` and exits. */
import { availableParallelism } from 'node:os'
import { EmotionBackend } from '../../backends/emotion/backend.ts'

const ignore = () => undefined
const backend = new EmotionBackend({
  name: 'emotion',
  rootDir: process.argv[2] ?? '.',
  providers: ['cpu'],
  threads: availableParallelism(),
  batchSizeMax: Number(process.argv[3] ?? 1),
  cacheSize: 0,
  options: {},
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  onProgress: ignore,
})
await backend.initializeModel()
process.stdout.write('ready on CPU\n')
await backend.cleanup()
