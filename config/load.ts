/** Reads config/models.yaml: YAML, schema, rules across keys. Each problem has file, line, key and remedy. */
import { readRegularFile, UnreadableFile } from '../files/regular_file.ts'
import { decodeText } from '../files/text_encoding.ts'
import {
  aboutKey,
  CONFIG_KEYS,
  type ConfigProblem,
  type ModelsConfig,
  modelsConfigSchema,
} from '../protocol/config.ts'
import { type DescribedIssue, describeIssues, dotted } from '../protocol/describe.ts'
import { nameFault } from '../protocol/backend_name.ts'
import { faultText, type Fault } from '../protocol/config_problem.ts'
import { saidBy } from '../protocol/errors.ts'
import { message, messageIn, type Message } from '../protocol/messages.ts'
import { nearestWord } from '../protocol/nearest_word.ts'
import { printable } from '../protocol/printable.ts'
import { expandSection } from './expand.ts'
import { instancesOf } from './instances.ts'
import { parseYaml } from './parse_yaml.ts'
import { nextFreePort, offeringFreePorts, portsIn } from './free_port.ts'
import { portClashes, type ReservedAddress } from './port_clashes.ts'
import { z } from 'zod'

export type LoadedConfig =
  { ok: true; config: ModelsConfig } | { ok: false; problems: ConfigProblem[] }

/** Far above any real config: it is parsed on the thread that serves all requests. */
export const CONFIG_BYTES_MAX = 1024 ** 2

export type IsPortFree = (port: number) => Promise<boolean>

/** Reads and checks the file. A file that cannot be read is reported as a problem; never throws. */
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

/** Keeps the byte order mark, which the edits need. Rejects with what `unreadableProblem` describes. */
export const readConfigText = async (file: string): Promise<string> =>
  decodeText(await readRegularFile(file, CONFIG_BYTES_MAX))

export function unreadableProblem(file: string, error: unknown): ConfigProblem {
  const code = error instanceof UnreadableFile ? error.code : ''
  const fault = {
    message: message('file.unreadable', { reason: saidBy(error) }),
    remedy: READ_REMEDIES[code] ?? message('fix.create_file'),
  }
  return { file, line: null, key: '', ...faultText(fault) }
}

const READ_REMEDIES: Readonly<Record<string, Message>> = {
  EACCES: message('fix.read_right'),
  NOT_REGULAR: message('fix.put_file'),
  TOO_LARGE: message('fix.lists'),
  ENCODING: message('fix.encoding'),
}

export const parseOfferingPorts = (
  { text, file, reserved }: { text: string; file: string; reserved: readonly ReservedAddress[] },
  isPortFree: IsPortFree,
): Promise<LoadedConfig> =>
  offeringFreePorts(
    (busy) => parseConfig(text, file, reserved, busy),
    (loaded) => (loaded.ok ? [] : loaded.problems),
    isPortFree,
  )

/** Ignores which ports are in use on this machine. Never offers a port of `busy`. */
export function parseConfig(
  text: string,
  file: string,
  reserved: readonly ReservedAddress[] = [],
  busy: ReadonlySet<number> = new Set(),
): LoadedConfig {
  const read = parseYaml(text)
  if (!read.ok) {
    const problems = read.faults.map(({ line, ...fault }) => ({
      ...{ file, line, key: '' },
      ...faultText(fault),
    }))
    return { ok: false, problems }
  }
  const { value, lineOf } = read
  const problemAt: ProblemAt = (path, { freePort = null, ...fault }) => ({
    file,
    line: lineOf(path),
    key: printable(path.map(String).join('.')),
    ...faultText(fault),
    ...(freePort === null ? {} : { free_port: freePort }),
  })
  const parsed = modelsConfigSchema.safeParse(value)
  if (!parsed.success) {
    const offer = offerOf(value, reserved, busy)
    const problems = describeIssues(parsed.error, value).map((issue) =>
      problemAt(issue.path, faultOf(issue, offer)),
    )
    return { ok: false, problems }
  }
  const expanded = Object.entries(parsed.data.model_backends).map(([name, section]) => ({
    name,
    ...expandSection(section),
  }))
  const problems = [
    ...checkNames(parsed.data, problemAt),
    ...portClashes(parsed.data, reserved, busy).map(({ backend, key, ...fault }) =>
      problemAt(['model_backends', backend, key], fault),
    ),
    ...expanded.flatMap(({ name, faults }) =>
      faults.map(({ path, ...fault }) => problemAt(['model_backends', name, ...path], fault)),
    ),
  ]
  if (problems.length > 0) return { ok: false, problems }
  const sections = expanded.map(({ name, section }) => [name, section] as const)
  return { ok: true, config: { model_backends: Object.fromEntries(sections) } }
}

type Offering = Fault & { freePort?: number | null }

type ProblemAt = (path: PropertyKey[], fault: Offering) => ConfigProblem

function checkNames(config: ModelsConfig, problemAt: ProblemAt): ConfigProblem[] {
  const sections = config.model_backends
  return Object.keys(sections).flatMap((name) => {
    const fault = faultOfName(name, sections)
    return fault === null ? [] : [problemAt(['model_backends', name], fault)]
  })
}

function faultOfName(name: string, sections: ModelsConfig['model_backends']): Fault | null {
  const fault = nameFault(name)
  if (fault !== null) return fault
  const remedy = message('fix.name')
  if (RESERVED_NAMES.includes(name)) {
    return { message: message('config.name_of_part', { name }), remedy }
  }
  // Replicas are named after their section: `emotion-1`, `emotion-2`.
  const owner = Object.entries(sections).find(
    ([other, section]) =>
      other !== name && instancesOf(other, section).some(({ id }) => id === name),
  )
  if (owner === undefined) return null
  return { message: message('config.name_of_replica', { name, owner: owner[0] }), remedy }
}

const RESERVED_NAMES = ['supervisor', 'gateway']

function offerOf(
  value: unknown,
  reserved: readonly ReservedAddress[],
  busy: ReadonlySet<number>,
): number | null {
  const ports = portsIn(value)
  const taken = new Set([...ports, ...busy, ...reserved.map(({ port }) => port)])
  return nextFreePort({ taken, near: ports.length === 0 ? null : Math.max(...ports) })
}

const NO_BACKENDS: Fault = {
  message: message('config.no_backends'),
  remedy: message('fix.backend_list'),
}

function faultOf(issue: DescribedIssue, freePort: number | null): Offering {
  const { path, isUnknown, isEmpty } = issue
  const [, name, ...keys] = path.map(String)
  if (isEmpty && name === undefined) return NO_BACKENDS
  if (isUnknown) return unknownKey(path)
  const fault = messageIn(issue, 'message')
  const remedy = messageIn(issue, 'remedy')
  const about = (key: string) => message('config.at_key', { key, fault })
  if (name === undefined) {
    const text = path.length === 0 ? message('config.at_file', { fault }) : about('model_backends')
    return { message: text, remedy: remedy ?? NO_BACKENDS.remedy }
  }
  if (keys.length === 0) {
    const text = isEmpty ? message('config.empty_section', { name }) : about(`"${name}"`)
    return { message: text, remedy: message('fix.section') }
  }
  const text = about(dotted(path.slice(2)))
  if (keys[0] === 'port' && keys.length === 1 && remedy === null && freePort !== null) {
    return { message: text, remedy: message('fix.port', { port: freePort }), freePort }
  }
  return { message: text, remedy: remedy ?? formOf(keys[0]) ?? null }
}

function formOf(key: string | undefined): Message | undefined {
  const known = CONFIG_KEYS.find((one) => one === key)
  return known && aboutKey(known).form
}

function unknownKey(path: readonly PropertyKey[]): Fault {
  const key = String(path.at(-1))
  const known = keysAt(modelsConfigSchema, path.slice(0, -1))
  const word = nearestWord(key, known)
  const said = message('config.unknown_key', { key })
  if (word !== null) return { message: said, remedy: message('fix.meant', { word }) }
  if (path.length === 1) return { message: said, remedy: message('fix.top_key') }
  const remedy =
    known.length > KEYS_LISTED_MAX
      ? message('fix.key_list')
      : message('fix.known_key', { names: known.join(', ') })
  return { message: said, remedy }
}

const KEYS_LISTED_MAX = 12

/** Empty where any key is allowed, and where the schema has no such path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const found = path.reduce<z.ZodType | null>(
    (place, key) => (place === null ? null : inside(place, String(key))),
    schema,
  )
  return found === null ? [] : [...new Set(shapesOf(found).flatMap((shape) => Object.keys(shape)))]
}

/** For a union, the shapes of all its options. */
function shapesOf(schema: z.ZodType): Record<string, z.ZodType>[] {
  const place = unwrapped(schema)
  if (place instanceof z.ZodUnion) {
    return (place.options as z.ZodType[]).flatMap((option) => shapesOf(option))
  }
  return place instanceof z.ZodObject ? [place.shape] : []
}

function inside(schema: z.ZodType, key: string): z.ZodType | null {
  const place = unwrapped(schema)
  if (place instanceof z.ZodRecord) return place.valueType as z.ZodType
  return shapesOf(place).find((shape) => Object.hasOwn(shape, key))?.[key] ?? null
}

function unwrapped(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  return isWrapper ? unwrapped(schema.unwrap() as z.ZodType) : schema
}
