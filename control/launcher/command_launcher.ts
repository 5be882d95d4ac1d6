/** Starts a program of another language as a backend, under a guard that ends it when the control plane is gone. */
import type { StopSignal } from '../../protocol/config.ts'
import type { Launcher } from './launcher.ts'
import { createNodeLauncher, type NodeLauncherOptions } from './node_launcher.ts'
import { folderFault } from './start_failure.ts'

export interface CommandLauncherOptions extends Omit<
  NodeLauncherOptions,
  'entry' | 'cwd' | 'stopMessage'
> {
  /** Entry script of the guard. */
  guard: string
  /** The program and its arguments; `{host}` and `{port}` are filled in. */
  command: readonly string[]
  /** Folder that the program starts in. */
  workingDir: string
  host: string
  port: number
  /** Asks the program to stop; it and all that it started get it, as from Ctrl+C. */
  stopSignal: StopSignal
}

/**
 * The program also finds its address in SWITCHYARD_HOST and SWITCHYARD_PORT. It is a backend like any other: it listens on its
 * port and answers health checks.
 */
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
      if (fault !== null) throw new Error(fault)
      return node.launch(
        {
          name,
          args: filled,
          env: {
            // Python keeps what it prints into a pipe until 8 KiB are full; its last lines would be lost in a crash.
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
