/** Selects the configuration: `--file`, else that of the running panel, else the checkout's. */
import {
  parseOfferingPorts,
  readConfigText,
  unreadableProblem,
  type LoadedConfig,
} from '../config/load.ts'
import type { ReservedAddress } from '../config/port_clashes.ts'
import type { BackendConfig, ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import { problemText } from '../protocol/config_problem.ts'
import { isPortFree } from '../control/ports/port_io.ts'
import { failed } from './cli_error.ts'
import type { CommandContext } from './command.ts'
import type { Panel } from './panel.ts'

export interface ConfigSource {
  file: string
  text: string
  panel: Panel | null
  /** The panel's address, unavailable to backends. */
  reserved: readonly ReservedAddress[]
}

/** Throws CliError if the file cannot be read. `given` is a file that the command names. */
export async function configSource(context: CommandContext, given?: string): Promise<ConfigSource> {
  const isNamed = given !== undefined || context.isFileGiven
  const panel = isNamed ? null : await context.panelIfAny()
  if (panel === null) {
    const file = given ?? context.configFile
    return { file, text: await textOf(file), panel: null, reserved: [] }
  }
  const { file, text } = await panel.call('config.read', {})
  const { plane } = await panel.refresh()
  const gateway = { host: plane.host, port: plane.port, owner: 'the gateway' }
  return { file, text, panel, reserved: [gateway] }
}

export const loadFrom = (source: ConfigSource): Promise<LoadedConfig> =>
  parseOfferingPorts(source, isPortFree)

/** Throws CliError with every problem of the file. */
export async function configFrom(source: ConfigSource): Promise<ModelsConfig> {
  const loaded = await loadFrom(source)
  if (loaded.ok) return loaded.config
  throw failed(`the configuration has faults:\n${problemsText(loaded.problems).trimEnd()}`)
}

export function sectionOf({ model_backends: sections }: ModelsConfig, name: string): BackendConfig {
  const section = Object.hasOwn(sections, name) ? sections[name] : undefined
  if (section !== undefined) return section
  const known = Object.keys(sections).join(', ') || 'none is configured'
  throw failed(`there is no backend "${name}"; known: ${known}`)
}

/** One line each: `models.yaml:3: emotion: port must be within 1024-65535, not 80. Use 8769.` */
export function problemsText(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${problemText(problem)}\n`).join('')
}

async function textOf(file: string): Promise<string> {
  try {
    return await readConfigText(file)
  } catch (error) {
    const { message, remedy } = unreadableProblem(file, error)
    throw failed(`${file}: ${message} ${remedy.replace('--config', '--file')}`)
  }
}
