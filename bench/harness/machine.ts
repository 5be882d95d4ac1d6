/** What the figures were taken on; without it they say nothing. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import path from 'node:path'
import { ROOT_DIR } from '../../testing/processes.ts'

export interface Machine {
  cpu: string
  cores: number
  memory: string
  system: string
  node: string
  onnxruntime: string
  threads: number
  provider: string
  /** Of the last minute, before the first measure. */
  load: string
}

export function describeMachine(): Machine {
  const cores = availableParallelism()
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    system: `${process.platform} ${release()}`,
    node: process.version,
    onnxruntime: versionOf('onnxruntime-node'),
    // The default of a backend that runs alone.
    threads: cores,
    provider: 'CPU (every node)',
    load: (loadavg()[0] ?? 0).toFixed(2),
  }
}

function versionOf(name: string): string {
  const file = path.join(ROOT_DIR, 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
