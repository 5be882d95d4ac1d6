/** A measured server in a child process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { ROOT_DIR } from '../../testing/processes.ts'
import { programFile, type ProgramName } from './bundle.ts'

const READY_MS_MAX = 60_000
const STOP_MS_MAX = 10_000

export interface ServerProcess {
  readonly pid: number
  readonly url: string
  /** From spawn to the "ready" line. */
  readonly readyMs: number
  /** Core-seconds of all threads so far. */
  cpuSeconds(): number
  /** Current resident memory and open handles. */
  usage(): { rssBytes: number; handles: number }
  stop(): Promise<void>
}

const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

/** No image cache: every request must decode, as the raw path does. */
export const SETTINGS = { host: '127.0.0.1', port: 8766, cache_size: 0, providers: ['cpu'] }

export const startEmotion = (settings: object = {}, root = ROOT_DIR): Promise<ServerProcess> =>
  startBackend('emotion', settings, root)

/** The real program, as Switchyard starts it. */
export const startBackend = (
  name: string,
  settings: object = {},
  root = ROOT_DIR,
): Promise<ServerProcess> =>
  startServer(
    [
      'dist/backends/process.js',
      name,
      '--port',
      '0',
      '--settings',
      JSON.stringify({ ...SETTINGS, ...settings }),
      '--log-format',
      'json',
    ],
    root,
  )

/** A bench worker in the real server. */
export const startServing = (
  name: string,
  worker: ProgramName,
  settings: object = {},
): Promise<ServerProcess> =>
  startServer([
    programFile('serve'),
    name,
    programFile(worker),
    ROOT_DIR,
    JSON.stringify({ ...SETTINGS, ...settings }),
  ])

export async function startServer(args: string[], cwd = ROOT_DIR): Promise<ServerProcess> {
  const begunMs = performance.now()
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.add(child)
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      started.delete(child)
      resolve()
    }),
  )
  let text = ''
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      reject(new Error(`node ${args.join(' ')} ${why}:\n${text}`))
    }
    const timer = setTimeout(fail, READY_MS_MAX, 'is not ready')
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
    child.stdout.on('data', (chunk: Buffer) => {
      // Keeps reading, as Switchyard would, but stores nothing once ready.
      if (text.includes('ready on')) return
      text += chunk.toString('utf8')
      if (!text.includes('ready on')) return
      clearTimeout(timer)
      resolve()
    })
  })
  const readyMs = performance.now() - begunMs
  const pid = child.pid ?? 0
  return {
    pid,
    readyMs,
    url: /listening on (ws:[^"\s]+)/.exec(text)?.[1] ?? '',
    cpuSeconds: () => cpuSecondsOf(pid),
    usage: () => usageOf(pid),
    stop: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
      child.kill('SIGTERM')
      await exited
      clearTimeout(timer)
    },
  }
}

/** Linux only; NaN elsewhere, which the notes mention. */
export function cpuSecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may contain blanks; utime and stime are fields 14 and 15, in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return NaN
  }
}

function usageOf(pid: number): { rssBytes: number; handles: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN)
  return { rssBytes: kibibytes * 1024, handles: readdirSync(`/proc/${pid}/fd`).length }
}
