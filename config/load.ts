/** Reads config/models.yaml: YAML, schema, rules across keys. Every fault comes back with file, line, key and remedy. */
import { readRegularFile, UnreadableFile } from '../files/regular_file.ts'
import { decodeText } from '../files/text_encoding.ts'
import {
  BACKEND_NAME_PATTERN,
  backendConfigSchema,
  modelsConfigSchema,
  type ConfigProblem,
  type ModelsConfig,
} from '../protocol/config.ts'
import { describeIssues, preview } from '../protocol/describe.ts'
import { messageOf } from '../protocol/errors.ts'
import { printable } from '../protocol/printable.ts'
import { expandSection } from './expand.ts'
import { instancesOf } from './instances.ts'
import { parseYaml } from './parse_yaml.ts'
import { portClashes, type ReservedAddress } from './port_clashes.ts'

export type LoadedConfig =
  { ok: true; config: ModelsConfig } | { ok: false; problems: ConfigProblem[] }

/** Far above any file of this kind: it is parsed on the thread that serves everyone. */
export const CONFIG_BYTES_MAX = 1024 ** 2

/** Reads and checks the file. A file that cannot be read is a problem like any other; nothing is thrown. */
export async function loadConfig(
  file: string,
  reserved: readonly ReservedAddress[] = [],
): Promise<LoadedConfig> {
  try {
    return parseConfig(await readConfigText(file), file, reserved)
  } catch (error) {
    return { ok: false, problems: [unreadableProblem(file, error)] }
  }
}

/** The text with its byte order mark, as the edits need it. Rejects with what `unreadableProblem` describes. */
export const readConfigText = async (file: string): Promise<string> =>
  decodeText(await readRegularFile(file, CONFIG_BYTES_MAX))

export function unreadableProblem(file: string, error: unknown): ConfigProblem {
  const code = error instanceof UnreadableFile ? error.code : 'ENCODING'
  return {
    file,
    line: null,
    key: '',
    message: `the file cannot be read (${messageOf(error)})`,
    remedy: READ_REMEDIES[code] ?? 'create it, or name another with --config FILE',
  }
}

const READ_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'give this user the right to read it, or name another with --config FILE',
  NOT_REGULAR: 'put a file in its place, or name another with --config FILE',
  TOO_LARGE: 'move long lists, such as labels, into files of their own',
  ENCODING: 'save it as UTF-8',
}

/** The same for a text in memory. */
export function parseConfig(
  text: string,
  file: string,
  reserved: readonly ReservedAddress[] = [],
): LoadedConfig {
  const read = parseYaml(text)
  if (!read.ok) {
    const problems = read.faults.map(({ line, message, remedy }) => ({
      ...{ file, line, key: '' },
      message: printable(message),
      remedy: printable(remedy),
    }))
    return { ok: false, problems }
  }
  const { value, lineOf } = read
  const problemAt = (path: PropertyKey[], message: string, remedy: string): ConfigProblem => ({
    file,
    line: lineOf(path),
    key: printable(path.map(String).join('.')),
    message: printable(message),
    remedy: printable(remedy),
  })
  const parsed = modelsConfigSchema.safeParse(value)
  if (!parsed.success) {
    const problems = describeIssues(parsed.error, value).map(({ path, message, remedy }) =>
      problemAt(path, message, remedy ?? remedyFor(path)),
    )
    return { ok: false, problems }
  }
  const expanded = Object.entries(parsed.data.model_backends).map(([name, section]) => ({
    name,
    ...expandSection(section),
  }))
  const problems = [
    ...checkNames(parsed.data, problemAt),
    ...portClashes(parsed.data, reserved).map(({ backend, key, message, remedy }) =>
      problemAt(['model_backends', backend, key], message, remedy),
    ),
    ...expanded.flatMap(({ name, faults }) =>
      faults.map(({ path, message, remedy }) =>
        problemAt(['model_backends', name, ...path], message, remedy),
      ),
    ),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const sections = expanded.map(({ name, section }) => [name, section] as const)
  return { ok: true, config: { model_backends: Object.fromEntries(sections) } }
}

type ProblemAt = (path: PropertyKey[], message: string, remedy: string) => ConfigProblem

function checkNames(config: ModelsConfig, problemAt: ProblemAt): ConfigProblem[] {
  const sections = config.model_backends
  return Object.keys(sections).flatMap((name) => {
    const fault = faultOfName(name, sections)
    return fault === null ? [] : [problemAt(['model_backends', name], ...fault)]
  })
}

function faultOfName(
  name: string,
  sections: ModelsConfig['model_backends'],
): [message: string, remedy: string] | null {
  if (!BACKEND_NAME_PATTERN.test(name)) {
    const remedy = 'use 1-32 lower-case letters, digits, "_" or "-", beginning with a letter'
    return [`${preview(name)} is not a valid backend name`, remedy]
  }
  if (RESERVED_NAMES.includes(name)) {
    return [`"${name}" is the name of a part of Switchyard`, 'choose another name']
  }
  // Replicas are named after their section: `emotion-1`, `emotion-2`.
  const owner = Object.entries(sections).find(
    ([other, section]) =>
      other !== name && instancesOf(other, section).some(({ id }) => id === name),
  )
  if (owner === undefined) return null
  return [`"${name}" is the name of a replica of "${owner[0]}"`, 'choose another name']
}

/** Sources of Switchyard's own log lines. */
const RESERVED_NAMES = ['supervisor', 'gateway']

function remedyFor(path: PropertyKey[]): string {
  const [section, name, key] = path.map(String)
  if (section !== 'model_backends')
    return 'the file has one key at the top: model_backends; keys of other tools begin with x-'
  if (name === undefined) return 'list the backends under model_backends'
  if (key === undefined) return 'give the backend a section of its own with at least a port'
  if (!Object.hasOwn(backendConfigSchema.shape, key)) {
    return `remove it, or use one of: ${Object.keys(backendConfigSchema.shape).join(', ')}`
  }
  if (key === 'env' && path.length > 3) return 'write a text; for no value write ""'
  if (key === 'command') {
    return 'write a list of the program and its arguments, with quotes around "{port}": [python3, backend.py, --port, "{port}"]'
  }
  if (key === 'port') return 'use a free port of 1024-65535, such as 8769'
  const { description } = backendConfigSchema.shape[key as keyof typeof backendConfigSchema.shape]
  const fallback = backendConfigSchema.safeParse({ port: 8769 })
  const defaultValue = fallback.success
    ? fallback.data[key as keyof typeof fallback.data]
    : undefined
  return `${description ?? ''} ${
    defaultValue === undefined
      ? 'Fix the value or remove the line.'
      : `Fix the value, or remove the line for the default ${JSON.stringify(defaultValue)}.`
  }`.trim()
}
