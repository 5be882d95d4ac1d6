/** Problems that would keep a backend from starting: a missing program, script, model or built-in name. */
import path from 'node:path'
import { pathBases, resolveFrom } from '../files/path_base.ts'
import { BUILTIN_NAMES, isBuiltinName } from '../protocol/builtin_backends.ts'
import type { BackendConfig, ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import { faultText, type Fault } from '../protocol/config_problem.ts'
import { joined, message } from '../protocol/messages.ts'
import { nearestWord } from '../protocol/nearest_word.ts'
import { parseYaml } from './parse_yaml.ts'

export interface StartPlace {
  /** Switchyard's folder, the last base of relative paths. */
  rootDir: string
  platform: NodeJS.Platform
  env: NodeJS.ProcessEnv
  isFile(file: string): boolean
  isFolder(file: string): boolean
}

interface BasedPlace extends StartPlace {
  bases: ReturnType<typeof pathBases>
}

interface StartFault extends Fault {
  key: keyof BackendConfig | null
}

export function problemsBeforeStart(
  { model_backends: sections }: ModelsConfig,
  { text, file }: { text: string; file: string },
  place: StartPlace,
): ConfigProblem[] {
  const found = Object.entries(sections).flatMap(([name, section]) =>
    faultsOf(name, section, { ...place, bases: pathBases(file, place.rootDir) }).map((fault) => ({
      name,
      ...fault,
    })),
  )
  if (found.length === 0) return []
  const read = parseYaml(text)
  return found.map(({ name, key, ...fault }) => {
    const keys = ['model_backends', name, ...(key === null ? [] : [key])]
    const line = read.ok ? read.lineOf(keys) : null
    return { file, line, key: keys.join('.'), ...faultText(fault) }
  })
}

function faultsOf(name: string, section: BackendConfig, place: BasedPlace): StartFault[] {
  switch (section.runtime) {
    case 'builtin':
      return isBuiltinName(name) ? [] : [unknownBuiltin(name)]
    case 'onnx':
      return filesOfModel(section, place)
    case 'command':
      return faultsOfCommand(section, place)
    case 'external':
      return []
  }
}

function unknownBuiltin(name: string): StartFault {
  const near = nearestWord(name, BUILTIN_NAMES)
  const own = message('fix.runtime')
  return {
    key: null,
    message: message('config.builtin_missing', { name, names: BUILTIN_NAMES.join(', ') }),
    remedy: near === null ? own : joined(message('fix.rename_section', { name: near }), own),
  }
}

function filesOfModel({ model, labels }: BackendConfig, place: BasedPlace): StartFault[] {
  const named = [
    ['model', model],
    ['labels', typeof labels === 'string' ? labels : undefined],
  ] as const
  return named.flatMap(([key, given]): StartFault[] => {
    const file = given === undefined ? null : resolveFrom(place.bases, given, place.isFile)
    if (file === null || place.isFile(file)) return []
    const said = message('config.file_missing', { file, key })
    return [{ key, message: said, remedy: message('fix.path', { key, folder: place.bases[0] }) }]
  })
}

function faultsOfCommand(section: BackendConfig, place: BasedPlace): StartFault[] {
  const [program = '', ...args] = section.command ?? []
  const folder =
    section.cwd === undefined
      ? place.rootDir
      : resolveFrom(place.bases, section.cwd, place.isFolder)
  if (!place.isFolder(folder)) {
    const remedy = message('fix.path', { key: 'cwd', folder: place.bases[0] })
    return [{ key: 'cwd', message: message('config.folder_missing', { folder }), remedy }]
  }
  if (!isFound(program, folder, section.env, place)) {
    const fault = isPath(program)
      ? {
          message: message('config.program_missing', { program: path.resolve(folder, program) }),
          remedy: message('fix.path', { key: 'command', folder: 'cwd' }),
        }
      : {
          message: message('config.program_unfound', { program }),
          remedy: message('fix.full_path'),
        }
    return [{ key: 'command', ...fault }]
  }
  const script = scriptOf(program, args)
  if (script === null || place.isFile(path.resolve(folder, script))) return []
  const said = message('config.script_missing', { script: path.resolve(folder, script) })
  return [{ key: 'command', message: said, remedy: message('fix.script') }]
}

const isPath = (program: string) => /[\\/]/.test(program)

function isFound(
  program: string,
  folder: string,
  given: Readonly<Record<string, string>>,
  { platform, env, isFile }: StartPlace,
): boolean {
  const isWindows = platform === 'win32'
  // Windows starts `npm` as npm.cmd: see control/launcher/spawnable.ts.
  const extensions = isWindows
    ? ['', ...(env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';')]
    : ['']
  const pathOf = (variables: NodeJS.ProcessEnv) =>
    Object.entries(variables).find(([key]) => key.toUpperCase() === 'PATH')?.[1]
  const folders = isPath(program)
    ? ['']
    : (pathOf(given) ?? pathOf(env) ?? '').split(isWindows ? ';' : ':')
  return folders.some((one) =>
    extensions.some((extension) => isFile(path.resolve(folder, one, `${program}${extension}`))),
  )
}

const INTERPRETER =
  /(?:^|[\\/])(?:python[\d.]*|pypy[\d.]*|node|deno|bun|ruby|perl|bash|dash|zsh|sh)(?:\.exe)?$/i
const SCRIPT = /\.(?:py|[cm]?[jt]s|rb|pl|sh)$/i

/** null without a script, or when its name is composed elsewhere. */
function scriptOf(program: string, args: readonly string[]): string | null {
  if (!INTERPRETER.test(program)) return null
  // `python -m package`, `node --import tsx a.ts`: the word after another option may belong to that option.
  const first = args.find((arg) => !/^-[uBEIsSOxe]+$/.test(arg))
  return first !== undefined && SCRIPT.test(first) && !first.includes('{') ? first : null
}
