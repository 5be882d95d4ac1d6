/** A context for a model without server, as in evaluations and tests. */
import path from 'node:path'
import type { BackendContext } from './backend.ts'

const ignore = () => undefined

/** CPU, one item at a time, no cache, no log; `changes` override. */
export const quietContext = (
  name: string,
  changes: Partial<BackendContext> = {},
): BackendContext => ({
  name,
  rootDir: path.resolve(import.meta.dirname, '../..'),
  providers: ['cpu'],
  threads: 1,
  batchSizeMax: 1,
  cacheSize: 0,
  options: {},
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  onProgress: ignore,
  ...changes,
})
