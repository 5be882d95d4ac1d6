/** A fake machine for the GPU probe with given files, links and commands; nothing else exists. */
import type { CommandLimits, CommandResult, GpuIo } from '../gpu_io.ts'

export interface FakeMachine {
  /** Text by path, or the error code of reading it. Folders follow from the paths. */
  files?: Record<string, string | { code: string }>
  links?: Record<string, string>
  /** Results by program path. */
  commands?: Record<
    string,
    (args: readonly string[], limits: CommandLimits) => Promise<CommandResult>
  >
}

/** Calls are recorded as `PROGRAM first-argument`, or as the path. */
export function fakeIo(machine: FakeMachine): GpuIo & { calls: string[] } {
  const calls: string[] = []
  const files = { ...machine.files }
  const links = { ...machine.links }
  const all = () => [...Object.keys(files), ...Object.keys(links)]
  return {
    calls,
    async readFile(path) {
      calls.push(path)
      const file = files[path]
      if (file === undefined) throw systemError('ENOENT', path)
      if (typeof file !== 'string') throw systemError(file.code, path)
      return file
    },
    async readFolder(path) {
      calls.push(path)
      const refused = files[path]
      if (typeof refused === 'object') throw systemError(refused.code, path)
      const below = all().filter((file) => file.startsWith(`${path}/`))
      if (below.length === 0) throw systemError('ENOENT', path)
      return [...new Set(below.map((file) => file.slice(path.length + 1).split('/')[0] ?? ''))]
    },
    async readLink(path) {
      const target = links[path]
      if (target === undefined) throw systemError('ENOENT', path)
      return target
    },
    async exec(file, args, limits) {
      calls.push(`${file} ${args[0] ?? ''}`)
      const command = machine.commands?.[file]
      if (command === undefined) throw systemError('ENOENT', file)
      return command(args, limits)
    },
  }
}

export const prints =
  (stdout: string, exitCode = 0, stderr = '') =>
  async (): Promise<CommandResult> => ({ exitCode, stdout, stderr })

/** nvidia-smi with its output for the two queries. */
export const nvidiaSmi = (gpus: string, apps: string) => async (args: readonly string[]) => ({
  exitCode: 0,
  stderr: '',
  stdout: args[0]?.startsWith('--query-gpu') === true ? gpus : apps,
})

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: '${path}'`), { code })
}
