/** Machine data, without which results are meaningless. */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'
import path from 'node:path'
import { versionOf } from '../../files/package_version.ts'
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
  /** Of the last minute, before the first measurement. */
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
    onnxruntime: versionOf(path.join(ROOT_DIR, 'node_modules/onnxruntime-node')),
    // The default of a backend that runs alone.
    threads: cores,
    provider: 'CPU (every node)',
    load: (loadavg()[0] ?? 0).toFixed(2),
  }
}
