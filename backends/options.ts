import path from 'node:path'
import { parseArgs } from 'node:util'
import { BUILTIN_NAMES, isBuiltinName } from '../protocol/builtin_backends.ts'
import {
  BACKEND_PORTS,
  DIALECTS,
  PORT_MAX,
  backendConfigSchema,
  type BackendConfig,
  type DialectName,
} from '../protocol/config.ts'
import { readHost } from '../protocol/address.ts'
import { problemText } from '../protocol/config_problem.ts'
import { messageOf } from '../protocol/errors.ts'
import { TOKEN_VARIABLE, faultOfOpening, readToken } from '../server/token.ts'
import { LOG_FORMATS, type LogFormat } from './base/log.ts'
import { settingsFromParent } from './base/parent_messages.ts'

export const USAGE = `Usage: npm run backend -- NAME [--host H] [--port P] [--config FILE]
                              [--dialect native|platform] [--log-format text|json]
  NAME     one of: ${BUILTIN_NAMES.join(', ')}
  --host   default: that of the config file; one that other machines reach needs a token in the environment: ${TOKEN_VARIABLE}
  --port   0 = any free port; default: that of the config file`

export interface StartOptions {
  name: string
  config: BackendConfig
  port: number
  logFormat: LogFormat
  token: string | null
}

/** Unusable command line or settings; the message names the fault. */
export class UsageError extends Error {}

/** Reads command line and config section. Rejects with UsageError. */
export async function readOptions({
  argv,
  rootDir,
  env = process.env,
}: {
  argv: string[]
  rootDir: string
  env?: NodeJS.ProcessEnv
}): Promise<StartOptions> {
  const { values, positionals } = parseFlags(argv)
  const [name, ...rest] = positionals
  if (name === undefined) throw new UsageError('Which backend? The name is missing.')
  if (rest.length > 0)
    throw new UsageError(`One backend at a time; "${rest.join(' ')}" is too much.`)
  const logFormat = values['log-format'] ?? 'text'
  if (!isLogFormat(logFormat)) throw new UsageError(`--log-format "${logFormat}" is unknown.`)
  const config = await readSection(name, values, rootDir)
  if (config.runtime === 'builtin' && !isBuiltinName(name)) {
    throw new UsageError(
      `There is no backend "${name}"; for your own model file, set runtime: onnx.`,
    )
  }
  const dialect = values.dialect ?? config.dialect
  if (!isDialect(dialect)) {
    throw new UsageError(`--dialect "${dialect}" is unknown; use ${DIALECTS.join(' or ')}.`)
  }
  const port = values.port === undefined ? config.port : portFlag(values.port)
  const host = values.host === undefined ? config.host : hostFlag(values.host)
  return {
    name,
    config: { ...config, dialect, host },
    port,
    logFormat,
    token: tokenFor(host, env),
  }
}

function tokenFor(host: string, env: NodeJS.ProcessEnv): string | null {
  try {
    const token = readToken(env)
    const fault = faultOfOpening(host, token)
    if (fault !== null) throw new UsageError(fault)
    return token
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

function parseFlags(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        config: { type: 'string' },
        /** The active section as JSON from Switchyard, not the current file. */
        settings: { type: 'string' },
        /** As a message from the parent: no length limit, and not visible to other users. */
        'settings-from-parent': { type: 'boolean' },
        dialect: { type: 'string' },
        'log-format': { type: 'string' },
      },
    })
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

async function readSection(
  name: string,
  values: {
    settings?: string | undefined
    'settings-from-parent'?: boolean | undefined
    config?: string | undefined
    port?: string | undefined
  },
  rootDir: string,
): Promise<BackendConfig> {
  if (values['settings-from-parent'] === true) {
    const settings = await settingsFromParent().catch((error: unknown) => {
      throw new UsageError(`--settings-from-parent: ${messageOf(error)}.`)
    })
    return backendConfigSchema.parse(settings)
  }
  if (values.settings !== undefined) {
    return backendConfigSchema.parse(JSON.parse(values.settings))
  }
  const file = path.resolve(values.config ?? path.join(rootDir, 'config', 'models.yaml'))
  // Only a manual start loads the YAML parser; Switchyard passes the settings.
  const { loadConfig } = await import('../config/load.ts')
  const loaded = await loadConfig(file)
  if (!loaded.ok) {
    throw new UsageError(loaded.problems.map(problemText).join('\n'))
  }
  const { model_backends: sections } = loaded.config
  const section = Object.hasOwn(sections, name) ? sections[name] : undefined
  if (section !== undefined) return section
  if (values.port === undefined || !isBuiltinName(name)) {
    throw new UsageError(`There is no backend "${name}" and ${file} has no such section; add one.`)
  }
  // The flag overrides the port; any valid one fills the section.
  return backendConfigSchema.parse({ port: BACKEND_PORTS.first })
}

function hostFlag(text: string): string {
  const read = readHost(text)
  if (read.ok) return read.host
  throw new UsageError(`--host "${text}" ${read.fault.message}. ${read.remedy.message}`)
}

function portFlag(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > PORT_MAX) {
    throw new UsageError(`--port "${text}" is not a port; use 0 (any free one) to ${PORT_MAX}.`)
  }
  return port
}

const isDialect = (text: string): text is DialectName =>
  (DIALECTS as readonly string[]).includes(text)

const isLogFormat = (text: string): text is LogFormat =>
  (LOG_FORMATS as readonly string[]).includes(text)
