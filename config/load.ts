/** Reads config/models.yaml: YAML, schema, rules across keys. Every fault comes back with file, line, key and remedy. */
import { readFileSync } from 'node:fs'
import { LineCounter, isMap, isNode, isScalar, parseDocument, type Document } from 'yaml'
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
import { instancesOf } from './instances.ts'
import { portClashes, type ReservedAddress } from './port_clashes.ts'

export type LoadedConfig =
  { ok: true; config: ModelsConfig } | { ok: false; problems: ConfigProblem[] }

/** Reads and checks the file. A file that cannot be read is a problem like any other; nothing is thrown. */
export function loadConfig(file: string, reserved: readonly ReservedAddress[] = []): LoadedConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    return {
      ok: false,
      problems: [
        {
          file,
          line: null,
          key: '',
          message: `the file cannot be read (${code})`,
          remedy: 'create it, or name another with --config FILE',
        },
      ],
    }
  }
  return parseConfig(text, file, reserved)
}

/** The same for a text in memory. */
export function parseConfig(
  text: string,
  file: string,
  reserved: readonly ReservedAddress[] = [],
): LoadedConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      file,
      line: lines.linePos(error.pos[0]).line,
      key: '',
      message: printable(`YAML syntax: ${error.message.split('\n')[0] ?? error.code}`),
      remedy: 'mend the indentation or quoting of this line',
    }))
    return { ok: false, problems }
  }
  const problemAt = (path: PropertyKey[], message: string, remedy: string): ConfigProblem => ({
    file,
    line: lineOf(document, lines, path),
    key: printable(path.map(String).join('.')),
    message: printable(message),
    remedy,
  })
  const read = valueOf(document)
  if ('fault' in read) {
    const remedy = 'define the anchor (&name) above the alias (*name), or write the value itself'
    return { ok: false, problems: [problemAt([], read.fault, remedy)] }
  }
  const { value } = read
  const parsed = modelsConfigSchema.safeParse(value)
  if (!parsed.success) {
    const problems = describeIssues(parsed.error, value).map(({ path, message, remedy }) =>
      problemAt(path, message, remedy ?? remedyFor(path)),
    )
    return { ok: false, problems }
  }
  const problems = [
    ...checkNames(parsed.data, problemAt),
    ...portClashes(parsed.data, reserved).map(({ backend, key, message, remedy }) =>
      problemAt(['model_backends', backend, key], message, remedy),
    ),
  ]
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: parsed.data }
}

/** An alias without an anchor, or too many of them, is noticed only here. */
function valueOf(document: Document): { value: unknown } | { fault: string } {
  try {
    return { value: document.toJS() as unknown }
  } catch (error) {
    return { fault: `YAML: ${messageOf(error)}` }
  }
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
  if (section !== 'model_backends') return 'the file holds one key at the top: model_backends'
  if (name === undefined) return 'list the backends under model_backends'
  if (key === undefined) return 'give the backend a section of its own with at least a port'
  if (!Object.hasOwn(backendConfigSchema.shape, key)) {
    return `remove it, or use one of: ${Object.keys(backendConfigSchema.shape).join(', ')}`
  }
  if (key === 'port') return 'use a free port of 1024-65535, such as 8769'
  const { description } = backendConfigSchema.shape[key as keyof typeof backendConfigSchema.shape]
  const fallback = backendConfigSchema.safeParse({ port: 8769 })
  const defaultValue = fallback.success
    ? fallback.data[key as keyof typeof fallback.data]
    : undefined
  return `${description ?? ''} ${
    defaultValue === undefined
      ? 'Mend the value or remove the line.'
      : `Mend the value, or remove the line for the default ${JSON.stringify(defaultValue)}.`
  }`.trim()
}

/** 1-based line of a key; of its nearest parent that exists when the key itself is missing. */
export function lineOf(document: Document, lines: LineCounter, path: PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const wanted = String(path[length - 1])
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === wanted)
      : undefined
    const node = pair?.key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
