/** The environment of programs that the app starts: what the person's own would be in a terminal. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RunProgram } from '../control/processes/process_reader.ts'

/** Lists in which the start script of an AppImage puts folders of its mount: programs would load libraries from there. */
const LISTS = ['PATH', 'LD_LIBRARY_PATH', 'XDG_DATA_DIRS', 'GSETTINGS_SCHEMA_DIR']
/** Start files of a shell may print. */
const MARK = '__SWITCHYARD_PATH__'
const SHELL_MS_MAX = 3000

export interface ProgramEnvOptions {
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
  isPackaged: boolean
  run: RunProgram
}

/** Never rejects. */
export async function programEnv(options: ProgramEnvOptions): Promise<NodeJS.ProcessEnv> {
  const env = outsideOfImage(options.env)
  // The Finder starts apps with PATH=/usr/bin:/bin:/usr/sbin:/sbin: https://github.com/electron/electron/issues/9047
  const found = options.platform === 'darwin' && options.isPackaged ? await pathOf(options) : null
  return found === null ? env : { ...env, PATH: found }
}

function outsideOfImage(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { APPDIR: mount } = env
  if (mount === undefined || mount === '') return env
  const isOurs = (folder: string) => folder === mount || folder.startsWith(`${mount}/`)
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (!LISTS.includes(name) || value === undefined) return [[name, value]]
      const kept = value.split(':').filter((folder) => folder !== '' && !isOurs(folder))
      return kept.length === 0 ? [] : [[name, kept.join(':')]]
    }),
  )
}

/** Of the person's login shell; null without an answer in time. */
async function pathOf({ env, run }: ProgramEnvOptions): Promise<string | null> {
  const late = new AbortController()
  const asked = run(env['SHELL'] ?? '/bin/zsh', ['-ilc', `echo "${MARK}$PATH${MARK}"`], env)
  const text = await Promise.race([
    asked.catch(() => ''),
    delay(SHELL_MS_MAX, '', { signal: late.signal }).catch(() => ''),
  ])
  late.abort()
  return text.split(MARK)[1] ?? null
}
