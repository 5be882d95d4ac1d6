/** Expands `~`, `$NAME` and `${NAME}` in paths, commands and environment values of a section. */
import { homedir } from 'node:os'
import type { BackendConfig } from '../protocol/config.ts'
import type { Fault } from '../protocol/config_problem.ts'
import { dotted } from '../protocol/describe.ts'
import { message } from '../protocol/messages.ts'

export interface ExpandContext {
  env: NodeJS.ProcessEnv
  home: string
}

export const processContext = (): ExpandContext => ({ env: process.env, home: homedir() })

export interface ExpandFault extends Fault {
  path: (string | number)[]
}

/** The section as it takes effect. The file and the panel's editor keep the names. */
export function expandSection(
  section: BackendConfig,
  context: ExpandContext = processContext(),
): { section: BackendConfig; faults: ExpandFault[] } {
  const faults: ExpandFault[] = []
  const expand = (text: string, path: ExpandFault['path'], isStrict = true) => {
    const expanded = expandText(text, context, isStrict)
    if (expanded.missing !== null) faults.push(faultOf(path, expanded.missing))
    return expanded.text
  }
  const { model, labels, cwd, command, env } = section
  const expanded = {
    ...section,
    ...(model === undefined ? {} : { model: expand(model, ['model']) }),
    ...(typeof labels === 'string' ? { labels: expand(labels, ['labels']) } : {}),
    ...(cwd === undefined ? {} : { cwd: expand(cwd, ['cwd']) }),
    // An argument may be a script with its own variables: `sh -c 'for f in *; do echo $f; done'`.
    ...(command === undefined
      ? {}
      : { command: command.map((item, index) => expand(item, ['command', index], false)) }),
    env: Object.fromEntries(
      Object.entries(env).map(([key, value]) => [key, expand(value, ['env', key])]),
    ),
  }
  return { section: expanded, faults }
}

export const expandPath = (text: string, context: ExpandContext = processContext()): string =>
  expandText(text, context, false).text

function faultOf(path: ExpandFault['path'], name: string): ExpandFault {
  return {
    path,
    message: message('config.at_key', {
      key: dotted(path),
      fault: message('fault.variable', { name }),
    }),
    remedy: message('fix.variable'),
  }
}

const NAME = /(\$\$(?=[A-Za-z_{]))|\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g

function expandText(
  text: string,
  { env, home }: ExpandContext,
  isStrict: boolean,
): { text: string; missing: string | null } {
  let missing: string | null = null
  const atHome = /^~(?=$|[/\\])/.test(text) ? `${home}${text.slice(1)}` : text
  const expanded = atHome.replaceAll(
    NAME,
    (given, escaped?: string, braced?: string, bare?: string) => {
      if (escaped !== undefined) return '$'
      const name = braced ?? bare ?? ''
      const value = env[name]
      if (value !== undefined) return value
      if (braced !== undefined || isStrict) missing ??= name
      return given
    },
  )
  return { text: expanded, missing }
}
