import { execFile, type ChildProcess } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { Disposables } from '../../protocol/disposables.ts'
import { MessageError } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { quoted } from './value.ts'

export interface CommandResult {
  /** null when a signal ended it. */
  exitCode: number | null
  stdout: string
  stderr: string
}

export interface CommandLimits {
  timeoutMs: number
  /** Kills the command and rejects. */
  signal: AbortSignal
}

export interface GpuIo {
  readFile(path: string): Promise<string>
  readFolder(path: string): Promise<string[]>
  readLink(path: string): Promise<string>
  /** Resolves for any exit code; rejects when the program could not complete (`code` ENOENT: not installed). */
  exec(file: string, args: readonly string[], limits: CommandLimits): Promise<CommandResult>
}

/** A machine with hundreds of GPU processes returns some 100 KiB. */
const OUTPUT_BYTES_MAX = 8 * 1024 * 1024

export function createSystemIo(): GpuIo {
  /** Number of killed processes that have not exited, by program: a hanging driver blocks even a killed process. */
  const unended = new Map<string, number>()
  return {
    readFile: (path) => readFile(path, 'utf8'),
    readFolder: (path) => readdir(path),
    readLink: (path) => readlink(path),
    exec: (file, args, limits) => {
      const pid = unended.get(file)
      if (pid !== undefined) {
        const said = message('gpu.command_stuck', { program: file, pid })
        return Promise.reject(new MessageError(said))
      }
      return run(file, args, limits, (child) => {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
        unended.set(file, child.pid)
        child.once('exit', () => unended.delete(file))
      })
    },
  }
}

/** With the start of its output. */
export function failureOf(program: string, exitCode: number | null, output: string): Message {
  const what =
    exitCode === null
      ? message('gpu.command_killed', { program })
      : message('gpu.command_failed', { program, code: exitCode })
  return output === '' ? what : message('because', { what, reason: quoted(output) })
}

export function errorCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}

function run(
  file: string,
  args: readonly string[],
  { timeoutMs, signal }: CommandLimits,
  onAbandoned: (child: ChildProcess) => void,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error(`${file} was not started: the GPU probe is closed`))
      return
    }
    const opened = new Disposables()
    // Localized output cannot be parsed.
    const env = { ...process.env, LC_ALL: 'C' }
    const child = execFile(
      file,
      args,
      { encoding: 'utf8', windowsHide: true, maxBuffer: OUTPUT_BYTES_MAX, env },
      (error, stdout, stderr) => {
        void opened.dispose()
        if (error === null) resolve({ exitCode: 0, stdout, stderr })
        else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr })
        // A string code: it could not start, or its output was too large. No code: a signal ended it.
        else if (typeof error.code === 'string') reject(notRun(file, error.message, error.code))
        else resolve({ exitCode: null, stdout, stderr })
      },
    )
    /** Kills without waiting for the exit, which may never come while a driver hangs. */
    const abandon = (reason: Error) => {
      void opened.dispose()
      onAbandoned(child)
      child.kill('SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
      child.unref()
      reject(reason)
    }
    opened.onAbort(signal, () => abandon(new Error(`${file} was killed: the GPU probe was closed`)))
    opened.timer().set(timeoutMs, () => {
      const said = message('gpu.command_timeout', { program: file, ms: timeoutMs })
      abandon(new MessageError(said))
    })
  })
}

const notRun = (program: string, reason: string, code: string): Error =>
  Object.assign(new MessageError(message('gpu.command_unrunnable', { program, reason })), { code })
