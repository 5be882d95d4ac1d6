/** Parses models.yaml to plain values, and maps a key back to its line. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml'
import type { Fault } from '../protocol/config_problem.ts'
import { messageOf } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'

export interface YamlFault extends Fault {
  /** 1-based. */
  line: number
}

export interface ParsedYaml {
  /** Merge keys are resolved; keys of other tools (`x-…`) are left out. */
  value: unknown
  lineOf(path: readonly PropertyKey[]): number
}

export function parseYaml(
  text: string,
): ({ ok: true } & ParsedYaml) | { ok: false; faults: YamlFault[] } {
  const lines = new LineCounter()
  const fail = (faults: YamlFault[]) => ({ ok: false as const, faults })
  let document: Document
  try {
    document = parseDocument(text, { lineCounter: lines, merge: true })
  } catch (error) {
    // The parser is recursive: thousands of brackets exhaust the stack.
    const said =
      error instanceof RangeError
        ? message('config.nested')
        : message('config.yaml', { reason: messageOf(error) })
    return fail([{ line: 1, message: said, remedy: message('fix.brackets') }])
  }
  // Later errors are often consequences of the first.
  const [error] = document.errors
  if (error !== undefined) return fail([syntaxFault(error, text, lines)])
  const faults = oddities(document, text, lines)
  if (faults.length > 0) return fail(faults)
  try {
    const value = withoutForeignKeys(document.toJS() as unknown)
    respell(value, document)
    return { ok: true, value, lineOf: (path) => lineOf(document, lines, path) }
  } catch (error) {
    // The yaml package reports a missing anchor, or too many aliases, only here.
    const said = message('config.yaml', { reason: messageOf(error) })
    return fail([{ line: 1, message: said, remedy: message('fix.anchor') }])
  }
}

function syntaxFault(error: YAMLError, text: string, lines: LineCounter): YamlFault {
  const { line } = lines.linePos(error.pos[0])
  if (error.code === 'MULTIPLE_DOCS') {
    return { line, message: message('config.documents'), remedy: message('fix.one_document') }
  }
  const said = message('config.yaml_syntax', { reason: syntaxMessage(error) })
  if (error.code === 'BAD_DQ_ESCAPE') {
    const lineText = text.split('\n')[line - 1] ?? ''
    const value = /"([^"]*\\[^"]*)"/.exec(lineText)?.[1]
    const remedy =
      value === undefined ? message('fix.backslash') : message('fix.single_quotes', { value })
    return { line, message: said, remedy }
  }
  return { line, message: said, remedy: message('fix.syntax_line') }
}

/** One sentence, without the position and the source lines that the parser adds. */
export function syntaxMessage({ message, code }: YAMLError): string {
  const [first = code] = message.split('\n')
  return `${first.replace(/ at line \d+, column \d+:?$/, '').replace(/[.:]+$/, '')}.`
}

/** Valid YAML that is almost certainly a mistake. */
function oddities(document: Document, text: string, lines: LineCounter): YamlFault[] {
  const faults: YamlFault[] = []
  visit(document, {
    Pair: (_key, { key }) => {
      if (!isScalar(key) || String(key.value) !== '__proto__' || !key.range) return
      faults.push({
        line: lines.linePos(key.range[0]).line,
        message: message('config.proto_key'),
        remedy: message('fix.name'),
      })
    },
    Scalar: (_key, { type, range }) => {
      if (type !== 'QUOTE_DOUBLE' || !range) return
      const raw = text.slice(range[0], range[1])
      const escape = /^"[a-z]:(\\[^\\/"])/i.test(raw)
        ? (/(?<!\\)\\[^\\]/.exec(raw)?.[0] ?? null)
        : null
      if (escape === null) return
      faults.push({
        line: lines.linePos(range[0]).line,
        message: message('config.escape', { path: raw, escape }),
        remedy: message('fix.single_quotes', { value: raw.slice(1, -1) }),
      })
    },
  })
  return faults
}

/** Keys `x-…` at the top and in the sections, as in Docker Compose: anchors, or settings of other programs. */
function withoutForeignKeys(value: unknown): unknown {
  const root = withoutKeysOf(value)
  if (!isRecord(root) || !isRecord(root.model_backends)) return root
  const sections = Object.entries(withoutKeysOf(root.model_backends) as Record<string, unknown>)
  return {
    ...root,
    model_backends: Object.fromEntries(
      sections.map(([name, section]) => [name, withoutKeysOf(section)]),
    ),
  }
}

function withoutKeysOf(value: unknown): unknown {
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Variables and arguments are text: `010` and `1e3` are passed on as written. A value from a merge key keeps its number. */
function respell(value: unknown, document: Document): void {
  if (!isRecord(value) || !isRecord(value.model_backends)) return
  for (const [name, section] of Object.entries(value.model_backends)) {
    if (!isRecord(section)) continue
    const node = childOf(childOf(document.contents, 'model_backends', document), name, document)
    if (isRecord(section.env)) {
      const env = childOf(node, 'env', document)
      for (const key of Object.keys(section.env)) {
        section.env[key] = spelling(childOf(env, key, document)) ?? section.env[key]
      }
    }
    const command = childOf(node, 'command', document)
    if (Array.isArray(section.command) && isSeq(command)) {
      section.command = section.command.map(
        (item: unknown, index) => spelling(resolved(command.items[index], document)) ?? item,
      )
    }
  }
}

function spelling(node: Node | null): string | null {
  if (!isScalar(node)) return null
  const isPlain = typeof node.value === 'number' || typeof node.value === 'boolean'
  return isPlain ? (node.source ?? String(node.value)) : null
}

function childOf(node: Node | null, name: string, document: Document): Node | null {
  if (!isMap(node)) return null
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name)
  return resolved(pair?.value, document)
}

function resolved(node: unknown, document: Document): Node | null {
  if (isAlias(node)) return node.resolve(document) ?? null
  return isNode(node) ? node : null
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
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
