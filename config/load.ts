/** Reads config/models.yaml: YAML, schema, rules across keys. Every fault comes back with file, line, key and remedy. */
import { readRegularFile, UnreadableFile } from '../files/regular_file.ts'
import { decodeText } from '../files/text_encoding.ts'
import { modelsConfigSchema, type ConfigProblem, type ModelsConfig } from '../protocol/config.ts'
import { describeIssues, dotted, type DescribedIssue } from '../protocol/describe.ts'
import { nameFault } from '../protocol/backend_name.ts'
import { messageOf } from '../protocol/errors.ts'
import { nearestWord } from '../protocol/nearest_word.ts'
import { printable } from '../protocol/printable.ts'
import { expandSection } from './expand.ts'
import { instancesOf } from './instances.ts'
import { parseYaml } from './parse_yaml.ts'
import { nextFreePort, offeringFreePorts, portsIn } from './free_port.ts'
import { portClashes, type ReservedAddress } from './port_clashes.ts'
import { keysAt } from './schema_keys.ts'

export type LoadedConfig =
  { ok: true; config: ModelsConfig } | { ok: false; problems: ConfigProblem[] }

/** Far above any file of this kind: it is parsed on the thread that serves everyone. */
export const CONFIG_BYTES_MAX = 1024 ** 2

/** Whether a program can listen on it; see offeringFreePorts. */
export type IsPortFree = (port: number) => Promise<boolean>

/** Reads and checks the file. A file that cannot be read is a problem like any other; nothing is thrown. */
export async function loadConfig(
  file: string,
  reserved: readonly ReservedAddress[] = [],
  isPortFree: IsPortFree = () => Promise.resolve(true),
): Promise<LoadedConfig> {
  try {
    return await parseOfferingPorts(
      { text: await readConfigText(file), file, reserved },
      isPortFree,
    )
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
    message: `The file cannot be read (${messageOf(error)}).`,
    remedy: READ_REMEDIES[code] ?? 'Create it, or name another with --config FILE.',
  }
}

const READ_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'Give this user the right to read it, or name another with --config FILE.',
  NOT_REGULAR: 'Put a file in its place, or name another with --config FILE.',
  TOO_LARGE: 'Move long lists, such as labels, into separate files.',
  ENCODING: 'Save it as UTF-8.',
}

/** The same for a text in memory. */
export const parseOfferingPorts = (
  { text, file, reserved }: { text: string; file: string; reserved: readonly ReservedAddress[] },
  isPortFree: IsPortFree,
): Promise<LoadedConfig> =>
  offeringFreePorts(
    (busy) => parseConfig(text, file, reserved, busy),
    (loaded) => (loaded.ok ? [] : loaded.problems),
    isPortFree,
  )

/** The same without a look at the ports of this machine. Of `busy` ports none is offered. */
export function parseConfig(
  text: string,
  file: string,
  reserved: readonly ReservedAddress[] = [],
  busy: ReadonlySet<number> = new Set(),
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
  const problemAt: ProblemAt = (path, { message, remedy, freePort = null }) => ({
    file,
    line: lineOf(path),
    key: printable(path.map(String).join('.')),
    message: printable(message),
    remedy: printable(remedy),
    ...(freePort === null ? {} : { free_port: freePort }),
  })
  const parsed = modelsConfigSchema.safeParse(value)
  if (!parsed.success) {
    const offer = offerOf(value, reserved, busy)
    const problems = describeIssues(parsed.error, value).map((issue) =>
      problemAt(issue.path, sentencesOf(issue, offer)),
    )
    return { ok: false, problems }
  }
  const expanded = Object.entries(parsed.data.model_backends).map(([name, section]) => ({
    name,
    ...expandSection(section),
  }))
  const problems = [
    ...checkNames(parsed.data, problemAt),
    ...portClashes(parsed.data, reserved, busy).map(({ backend, key, ...words }) =>
      problemAt(['model_backends', backend, key], words),
    ),
    ...expanded.flatMap(({ name, faults }) =>
      faults.map(({ path, message, remedy }) =>
        problemAt(['model_backends', name, ...path], {
          message: `${dotted(path)} ${message}.`,
          remedy: sentence(remedy),
        }),
      ),
    ),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const sections = expanded.map(({ name, section }) => [name, section] as const)
  return { ok: true, config: { model_backends: Object.fromEntries(sections) } }
}

/** Sentences. */
interface Words {
  message: string
  /** Empty where the message leaves no doubt. */
  remedy: string
  freePort?: number | null
}

type ProblemAt = (path: PropertyKey[], words: Words) => ConfigProblem

function checkNames(config: ModelsConfig, problemAt: ProblemAt): ConfigProblem[] {
  const sections = config.model_backends
  return Object.keys(sections).flatMap((name) => {
    const fault = faultOfName(name, sections)
    return fault === null ? [] : [problemAt(['model_backends', name], fault)]
  })
}

function faultOfName(name: string, sections: ModelsConfig['model_backends']): Words | null {
  const fault = nameFault(name)
  if (fault !== null) return fault
  const remedy = 'Choose another name.'
  if (RESERVED_NAMES.includes(name)) {
    return { message: `"${name}" is the name of a part of Switchyard.`, remedy }
  }
  // Replicas are named after their section: `emotion-1`, `emotion-2`.
  const owner = Object.entries(sections).find(
    ([other, section]) =>
      other !== name && instancesOf(other, section).some(({ id }) => id === name),
  )
  if (owner === undefined) return null
  return { message: `"${name}" is the name of a replica of "${owner[0]}".`, remedy }
}

/** Sources of Switchyard's own log lines. */
const RESERVED_NAMES = ['supervisor', 'gateway']

/** A free port for a section whose own is none: after the last of the others. */
function offerOf(
  value: unknown,
  reserved: readonly ReservedAddress[],
  busy: ReadonlySet<number>,
): number | null {
  const ports = portsIn(value)
  const taken = new Set([...ports, ...busy, ...reserved.map(({ port }) => port)])
  return nextFreePort({ taken, near: ports.length === 0 ? null : Math.max(...ports) })
}

const NO_BACKENDS: Words = {
  message: 'The file has no backends yet (model_backends is empty).',
  remedy: 'List the backends under model_backends.',
}

function sentencesOf(issue: DescribedIssue, freePort: number | null): Words {
  const { path, message, remedy, isUnknown, isEmpty } = issue
  const [, name, ...keys] = path.map(String)
  if (isEmpty && name === undefined) return NO_BACKENDS
  const own = remedy === null ? '' : sentence(remedy)
  if (isUnknown) return unknownKey(path)
  if (name === undefined) {
    const subject = path.length === 0 ? 'The file' : 'model_backends'
    return { message: `${subject} ${message}.`, remedy: own || NO_BACKENDS.remedy }
  }
  if (keys.length === 0) {
    const what = isEmpty ? `The section of "${name}" is empty.` : `"${name}" ${message}.`
    return { message: what, remedy: 'Give it its own section with at least a port.' }
  }
  const subject = dotted(path.slice(2))
  if (keys[0] === 'port' && keys.length === 1) {
    const offer = freePort === null ? '' : `Use ${freePort}.`
    return { message: `${subject} ${message}.`, remedy: own || offer, ...(own ? {} : { freePort }) }
  }
  return { message: `${subject} ${message}.`, remedy: own || (REMEDIES[keys[0] ?? ''] ?? '') }
}

function unknownKey(path: readonly PropertyKey[]): Words {
  const key = String(path.at(-1))
  const known = keysAt(modelsConfigSchema, path.slice(0, -1))
  const near = nearestWord(key, known)
  const message = `Unknown key ${key}.`
  if (near !== null) return { message, remedy: `Did you mean ${near}?` }
  if (path.length === 1) {
    const remedy =
      'Remove it: the only key at the top is model_backends. Keys of other tools begin with x-.'
    return { message, remedy }
  }
  const remedy =
    known.length > KEYS_LISTED_MAX
      ? 'Remove it. docs/configuration.md lists the keys of a section.'
      : `Remove it, or use one of: ${known.join(', ')}.`
  return { message, remedy }
}

const KEYS_LISTED_MAX = 12

/** Remedies for keys whose form is not clear from the message. */
const REMEDIES: Readonly<Record<string, string>> = {
  env: 'Write a text; for no value write "".',
  command:
    'Write a list of the program and its arguments, with quotes around "{port}": [python3, backend.py, --port, "{port}"].',
}

/** The remedies of the rules are clauses. */
const sentence = (clause: string) =>
  `${clause.charAt(0).toUpperCase()}${clause.slice(1)}${/[.?!]$/.test(clause) ? '' : '.'}`
