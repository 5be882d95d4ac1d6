/** For tests: real processes of the project. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

export const ROOT_DIR = path.resolve(import.meta.dirname, '..')

/** Limit of every wait, so that a test reports what it waited for instead of timing out. */
export const WAIT_MS_MAX = 60_000

export interface RunningProcess {
  readonly pid: number
  /** Both streams. */
  output(): string
  /** Resolves with the first match in past or future output. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
  signal(signal: NodeJS.Signals): void
  /** Stops reading, like a reader that exits: the next write fails with EPIPE. */
  closeOutput(): void
  /** Leaves output unread, like a paused terminal, until the returned function is called. */
  holdOutput(): () => void
  /** Resolves when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: string | null }>
}

/** State of test processes, apart from the user's own. */
export const STATE_DIR = mkdtempSync(path.join(tmpdir(), 'switchyard-state-'))

process.on('exit', () => {
  rmSync(STATE_DIR, { recursive: true, force: true })
})

const started = new Set<ChildProcess>()

export function startNode(args: string[], env: Record<string, string> = {}): RunningProcess {
  return startProgram(process.execPath, args, env)
}

/** Runs in the project's folder. */
export function startProgram(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): RunningProcess {
  const child = spawn(program, args, {
    cwd: ROOT_DIR,
    env: { ...process.env, SWITCHYARD_STATE_DIR: STATE_DIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`could not start ${program} ${args.join(' ')}`)
  started.add(child)
  let text = ''
  const checks = new Set<() => void>()
  const note = (chunk: Buffer) => {
    text += chunk.toString('utf8')
    for (const check of checks) check()
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('close', (code, signal) => {
      started.delete(child)
      resolve({ code, signal })
    })
  })
  return {
    pid,
    exited,
    output: () => text,
    signal: (signal) => {
      child.kill(signal)
    },
    closeOutput: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    holdOutput: () => {
      child.stdout.pause()
      child.stderr.pause()
      return () => {
        child.stdout.resume()
        child.stderr.resume()
      }
    },
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const finish = () => {
          clearTimeout(timer)
          checks.delete(check)
        }
        const check = () => {
          const match = pattern.exec(text)
          if (match === null) return
          finish()
          resolve(match)
        }
        const timer = setTimeout(() => {
          finish()
          reject(new Error(`no ${String(pattern)} in the output:\n${text}`))
        }, WAIT_MS_MAX)
        void exited.then(() => {
          check()
          if (!checks.has(check)) return
          finish()
          reject(new Error(`the process ended before ${String(pattern)} came:\n${text}`))
        })
        checks.add(check)
        check()
      }),
  }
}

export async function endStarted(): Promise<void> {
  const children = [...started]
  await Promise.all(
    children.map(async (child) => {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await closed
      clearTimeout(timer)
    }),
  )
}

/**
 * A currently unused port, below those that systems hand out for port 0: a port of that range may go to another test before
 * it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS_FROM + (nextPort++ % PORTS)
    if (await isPortFree(port, '127.0.0.1')) return port
  }
}

const PORTS_FROM = 20_000
const PORTS = 12_000
/** Tests run in several processes. */
let nextPort = randomInt(PORTS)

/** True if nothing else listens on the port. */
export async function isPortFree(port: number, host = 'localhost'): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}

/** Zombies count as exited. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !isZombie(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const isZombie = (stat: string) => /\) [ZX] [^)]*$/.test(stat)

/** Polls until `check` returns anything but null, undefined or false. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + WAIT_MS_MAX
  for (;;) {
    const value = await check()
    if (value !== null && value !== undefined && value !== false) {
      return value as NonNullable<Exclude<T, false>>
    }
    if (performance.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A config file in a new temporary folder; `remove` deletes both. */
export function temporaryConfig(text: string): { file: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'switchyard-'))
  const file = path.join(folder, 'models.yaml')
  writeFileSync(file, text)
  return {
    file,
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
