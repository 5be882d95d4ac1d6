/** The program and arguments to spawn: unchanged, except for Windows batch files, which only cmd.exe runs. */
import path from 'node:path'

export interface SpawnEnvironment {
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  exists(file: string): boolean
}

export interface Spawnable {
  file: string
  args: string[]
  isVerbatim: boolean
}

/**
 * On Windows `npm`, `conda` and `uv` are often batch files, found by PATHEXT. Node rejects them without a shell (EINVAL), since
 * cmd.exe parses the arguments again: https://nodejs.org/en/blog/vulnerability/april-2024-security-releases-2
 */
export function spawnable(
  program: string,
  args: readonly string[],
  { platform, env, exists }: SpawnEnvironment,
): Spawnable {
  if (platform !== 'win32') return { file: program, args: [...args], isVerbatim: false }
  const file = findProgram(program, env, exists) ?? program
  if (!/\.(cmd|bat)$/i.test(file)) return { file, args: [...args], isVerbatim: false }
  const broken = [file, ...args].find((text) => /[\r\n\0]/.test(text))
  if (broken !== undefined) {
    throw new Error(
      `${file} is a batch file, whose arguments cannot hold line breaks: ${JSON.stringify(broken)}`,
    )
  }
  // /d: no AutoRun of the registry; /s: strip only the outer quotes.
  const line = [escaped(file.replaceAll('/', '\\')), ...args.map(quoted)].join(' ')
  const shell = variable(env, 'COMSPEC') ?? 'cmd.exe'
  return { file: shell, args: ['/d', '/s', '/c', `"${line}"`], isVerbatim: true }
}

/** Like cmd.exe: searches the folder of a path, or PATH; a name without an extension gets each of PATHEXT. */
function findProgram(
  program: string,
  env: NodeJS.ProcessEnv,
  exists: (file: string) => boolean,
): string | null {
  const { win32 } = path
  const extensions = (variable(env, 'PATHEXT') ?? '.COM;.EXE;.BAT;.CMD').split(';')
  const hasExtension = extensions.some((one) => program.toLowerCase().endsWith(one.toLowerCase()))
  const names = hasExtension ? [program] : extensions.map((one) => `${program}${one.toLowerCase()}`)
  const isPath = /[\\/]/.test(program)
  const folders = isPath ? [''] : ['', ...(variable(env, 'PATH') ?? '').split(';')]
  for (const folder of folders) {
    const found = names
      .map((name) => (folder === '' ? name : win32.join(folder.replaceAll('"', ''), name)))
      .find(exists)
    if (found !== undefined) return found
  }
  return null
}

/** Variable names are case-insensitive on Windows, but not in a copy of process.env. */
const variable = (env: NodeJS.ProcessEnv, name: string): string | undefined =>
  Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1]

/** Special characters of cmd.exe, inside quotes as well. */
const META = /([()\][%!^"`<>&|;, *?])/g
const escaped = (text: string) => text.replace(META, '^$1')

/**
 * First for the program, by the rules of CommandLineToArgvW (backslashes before a quote are doubled), then for cmd.exe;
 * twice, since a batch file parses `%*` again. As in cross-spawn: https://github.com/moxystudio/node-cross-spawn
 */
function quoted(text: string): string {
  const forProgram = `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, '$1$1')}"`
  return escaped(escaped(forProgram))
}
