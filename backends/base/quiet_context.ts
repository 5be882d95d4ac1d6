/** A model without a server around it, as evaluations and tests run one. */
import path from 'node:path'
import type { BackendContext } from './backend.ts'

const ignore = () => undefined

/** On the CPU, one item at a time, nothing cached, nothing logged; `changes` replace any of it. */
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
