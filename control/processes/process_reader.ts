/** Reads the system's processes, with one reader per system; process_text.ts parses the output of `ps` and PowerShell. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../protocol/errors.ts'
import {
  parseLinuxStat,
  parsePsRows,
  parseVmRss,
  parseWindowsRows,
  type ProcessRow,
} from './process_text.ts'
import { bearsMark } from './run_mark.ts'

/** `startTime` is opaque: an equal value means the same process. */
export type ProcessState =
  { kind: 'running'; startTime: string } | { kind: 'gone' } | { kind: 'unknown'; reason: string }

export interface ProcessReader {
  readonly platform: NodeJS.Platform
  /** Never rejects. A zombie counts as gone: it holds nothing. */
  stateOf(pid: number): Promise<ProcessState>
  /** All visible processes. Rejects with what failed. */
  table(): Promise<ProcessRow[]>
  /** `roots` and their descendants if the system supports it, otherwise as `table`. */
  trees(roots: readonly number[]): Promise<ProcessRow[]>
  /** Resident bytes; null without permission or after the exit. */
  rssBytesOf(row: ProcessRow): Promise<number | null>
  /** For display; null for what is unknown. Never rejects. */
  describe(pid: number): Promise<{ name: string | null; owner: string | null }>
  /** Processes whose environment has a mark with this prefix, see run_mark.ts; none on Windows. Never rejects. */
  marked(mark: string): Promise<ProcessRow[]>
}

/** Resolves with standard output; rejects when it cannot run, or fails without output. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
) => Promise<string>

export interface ProcessReaderOptions {
  platform?: NodeJS.Platform
  procDir?: string
  run?: RunProgram
}

export function createProcessReader(options: ProcessReaderOptions = {}): ProcessReader {
  const { platform = process.platform, procDir = '/proc', run = runProgram } = options
  if (platform === 'linux') return linuxReader(procDir)
  return platform === 'win32'
    ? tableReader(platform, windowsRows(run), {
        describe: async () => NOBODY,
        marked: async () => [],
      })
    : tableReader(platform, psRows(run), psDetails(run))
}

const NOBODY = { name: null, owner: null }

function linuxReader(procDir: string): ProcessReader {
  // Some sandboxes have none: then the start ticks alone identify a start.
  const bootId = lazily(async () => {
    const file = path.join(procDir, 'sys/kernel/random/boot_id')
    return (await readFile(file, 'utf8').catch(() => 'unknown-boot')).trim()
  })
  // Without a mounted /proc every file is missing, and no process counts as gone.
  const isMounted = async () =>
    (await readFile(path.join(procDir, 'self/stat')).catch(() => null)) !== null
  const rowOf = async (pid: number): Promise<ProcessRow | null> => {
    const text = await readFile(path.join(procDir, String(pid), 'stat'), 'utf8')
    return parseLinuxStat(text, await bootId())
  }
  const table = async () => {
    const rows = await Promise.all(
      (await numbersIn(procDir)).map((pid) => rowOf(pid).catch(nobody)),
    )
    return rows.filter((row) => row !== null)
  }
  const childrenOf = async (pid: number): Promise<number[]> => {
    const tasks = path.join(procDir, String(pid), 'task')
    const texts = await Promise.all(
      (await numbersIn(tasks)).map((task) =>
        readFile(path.join(tasks, String(task), 'children'), 'utf8'),
      ),
    )
    return texts.join(' ').split(' ').filter(Boolean).map(Number)
  }
  return {
    platform: 'linux',
    stateOf: async (pid) => {
      try {
        const row = await rowOf(pid)
        return row === null ? { kind: 'gone' } : { kind: 'running', startTime: row.startTime }
      } catch (error) {
        if (isGone(error) && (await isMounted())) return { kind: 'gone' }
        return { kind: 'unknown', reason: messageOf(error) }
      }
    },
    table,
    trees: async (roots) => {
      const found = new Map<number, ProcessRow>()
      const pids = new Set(roots)
      for (const pid of pids) {
        const row = await rowOf(pid).catch(nobody)
        if (row === null) continue
        found.set(pid, row)
        try {
          for (const child of await childrenOf(pid)) pids.add(child)
        } catch {
          // The process exited meanwhile, or the kernel was built without CONFIG_PROC_CHILDREN.
          if ((await rowOf(pid).catch(nobody)) !== null) return table()
        }
      }
      return [...found.values()]
    },
    rssBytesOf: async ({ pid }) => {
      const file = path.join(procDir, String(pid), 'status')
      const text = await readFile(file, 'utf8').catch(() => null)
      return text === null ? null : parseVmRss(text)
    },
    describe: async (pid) => {
      const file = path.join(procDir, String(pid), 'status')
      const text = await readFile(file, 'utf8').catch(() => '')
      const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(text)?.[1]
      return {
        name: /^Name:\s+(\S.*)$/m.exec(text)?.[1] ?? null,
        owner: uid === undefined ? null : await userName(Number(uid)),
      }
    },
    marked: async (mark) => {
      const pids = await numbersIn(procDir).catch(() => [])
      const rows = await Promise.all(
        pids.map(async (pid) => {
          // Other users' processes cannot be read, and are not ours to end.
          const file = path.join(procDir, String(pid), 'environ')
          const environment = await readFile(file, 'latin1').catch(() => '')
          return bearsMark(environment, mark) ? rowOf(pid).catch(nobody) : null
        }),
      )
      return rows.filter((row) => row !== null)
    },
  }
}

/** From /etc/passwd; users of a directory service remain numbers. */
async function userName(uid: number): Promise<string> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const entry = text.split('\n').find((line) => line.split(':')[2] === String(uid))
  return entry?.split(':')[0] ?? `the user ${uid}`
}

function tableReader(
  platform: NodeJS.Platform,
  rowsOf: (pid: number | null) => Promise<ProcessRow[]>,
  details: Pick<ProcessReader, 'describe' | 'marked'>,
): ProcessReader {
  return {
    ...details,
    platform,
    stateOf: async (pid) => {
      try {
        const row = (await rowsOf(pid)).find((candidate) => candidate.pid === pid)
        return row === undefined ? { kind: 'gone' } : { kind: 'running', startTime: row.startTime }
      } catch (error) {
        return { kind: 'unknown', reason: messageOf(error) }
      }
    },
    table: () => rowsOf(null),
    trees: () => rowsOf(null),
    rssBytesOf: async ({ rssBytes }) => rssBytes,
  }
}

/** By default, `lstart` is localized and in local time. */
const PS_ENV = { LC_ALL: 'C', TZ: 'UTC' }
const PS_COLUMNS = 'pid=,ppid=,pgid=,rss=,stat=,lstart='

/** macOS and the BSDs: https://keith.github.io/xcode-man-pages/ps.1.html */
function psRows(run: RunProgram) {
  return async (pid: number | null): Promise<ProcessRow[]> => {
    const which = pid === null ? ['-ax'] : ['-p', String(pid)]
    const text = await run('ps', [...which, '-o', PS_COLUMNS], { ...process.env, ...PS_ENV })
    return parsePsRows(text)
  }
}

/** `-E` prints the environment after the command, for our own processes only. */
function psDetails(run: RunProgram): Pick<ProcessReader, 'describe' | 'marked'> {
  const env = { ...process.env, ...PS_ENV }
  return {
    describe: async (pid) => {
      const text = await run('ps', ['-p', String(pid), '-o', 'user=,comm='], env).catch(() => '')
      const [, owner, command] = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(text) ?? []
      return { name: command === undefined ? null : path.basename(command), owner: owner ?? null }
    },
    marked: async (mark) => {
      const text = await run('ps', ['-axEww', '-o', 'pid=,command='], env).catch(() => '')
      const lines = text.split('\n').filter((line) => bearsMark(line, mark))
      const pids = lines.map((line) => Number.parseInt(line.trim(), 10))
      const rows = pids.length === 0 ? [] : await psRows(run)(null).catch(() => [])
      return rows.filter(({ pid }) => pids.includes(pid))
    },
  }
}

/** https://learn.microsoft.com/windows/win32/cimwin32prov/win32-process. Numbers only, so that nothing is localized. */
function windowsRows(run: RunProgram) {
  const format =
    "'{0} {1} {2} {3}' -f $_.ProcessId, $_.ParentProcessId, $_.WorkingSetSize, " +
    '$(if ($_.CreationDate) { $_.CreationDate.ToUniversalTime().Ticks } else { 0 })'
  const columns = 'ProcessId,ParentProcessId,WorkingSetSize,CreationDate'
  return async (pid: number | null): Promise<ProcessRow[]> => {
    const filter = pid === null ? '' : ` -Filter 'ProcessId=${pid}'`
    const script = `Get-CimInstance Win32_Process${filter} -Property ${columns} -ErrorAction Stop | ForEach-Object { ${format} }`
    const args = ['-NoProfile', '-NonInteractive', '-Command', script]
    return parseWindowsRows(await run('powershell.exe', args, process.env))
  }
}

const RUN_TIMEOUT_MS = 20_000
const RUN_OUTPUT_BYTES_MAX = 8 * 1024 ** 2

/** `ps -p` of an unknown pid exits with code 1 without output, which is a valid answer. */
export const runProgram: RunProgram = (program, args, env) =>
  new Promise((resolve, reject) => {
    const options = {
      env,
      timeout: RUN_TIMEOUT_MS,
      maxBuffer: RUN_OUTPUT_BYTES_MAX,
      windowsHide: true,
    }
    execFile(program, args, options, (error, stdout, stderr) => {
      const isEmptyAnswer = error?.code === 1 && program === 'ps' && stderr.trim() === ''
      if (error === null || isEmptyAnswer) resolve(stdout)
      else reject(new Error(`${program} failed: ${stderr.trim() || error.message}`))
    })
  })

const nobody = () => null

const numbersIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => /^\d+$/.test(name)).map(Number)

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}

/** ESRCH: the process exited between opening and reading its file. */
const isGone = (error: unknown) => {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ESRCH'
}
