/** Starts an external program as a backend, under a guard that ends it when the control plane exits. */
import { MessageError } from '../../protocol/errors.ts'
import type { StopSignal } from '../../protocol/config.ts'
import type { Launcher } from './launcher.ts'
import { createNodeLauncher, type NodeLauncherOptions } from './node_launcher.ts'
import { folderFault } from './start_failure.ts'

export interface CommandLauncherOptions extends Omit<
  NodeLauncherOptions,
  'entry' | 'cwd' | 'stopMessage'
> {
  guard: string
  command: readonly string[]
  workingDir: string
  host: string
  port: number
  /** Sent to the program and all its children, like Ctrl+C. */
  stopSignal: StopSignal
}

/** The program also gets SWITCHYARD_HOST and SWITCHYARD_PORT. It must listen there and answer health checks. */
export function createCommandLauncher(options: CommandLauncherOptions): Launcher {
  const { host, port } = options
  const filled = options.command.map((part) =>
    part.replaceAll('{host}', host).replaceAll('{port}', String(port)),
  )
  const node = createNodeLauncher({
    ...options,
    entry: options.guard,
    cwd: options.workingDir,
    stopMessage: (graceMs) => ({ stop: { signal: options.stopSignal, graceMs } }),
  })
  return {
    kind: 'command',
    launch: ({ name, env }, events) => {
      const fault = folderFault(options.workingDir)
      if (fault !== null) throw new MessageError(fault)
      return node.launch(
        {
          name,
          args: filled,
          env: {
            // Python buffers piped output up to 8 KiB, so a crash would lose the last lines.
            PYTHONUNBUFFERED: '1',
            ...env,
            SWITCHYARD_HOST: host,
            SWITCHYARD_PORT: String(port),
          },
        },
        events,
      )
    },
  }
}
