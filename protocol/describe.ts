/** Turns zod's issues into messages: the key, the given value, the fix. */
import type { z } from 'zod'
import { LongNumbers } from './long_numbers.ts'
import {
  asText,
  message,
  type Message,
  messageIn,
  MESSAGES,
  quoted,
  type Wording,
} from './messages.ts'
import { nearestWord } from './nearest_word.ts'

export interface DescribedIssue {
  path: PropertyKey[]
  /** Dotted, `data.images[2]`; empty for the root. */
  key: string
  message: string
  /** The remedy of the violated rule, if it names one. */
  remedy: string | null
  wording?: Wording
  isUnknown: boolean
  isEmpty: boolean
}

/** The first faults in one message. `root` is the path of `input` in what was sent. */
export function faultsOf(error: z.ZodError, input: unknown, root: PropertyKey[] = []): Message {
  const faults = describeIssues(error, input).map((issue) => {
    const fault = messageIn(issue, 'message')
    const key = dotted([...root, ...issue.path])
    return key === '' ? message('fault.whole', { fault }) : message('fault.at', { key, fault })
  })
  return faults
    .slice(0, FAULTS_MAX)
    .reduce((first, second) => message('clauses', { first, second }))
}

const FAULTS_MAX = 3

/** `input` is the parsed value, for the message. */
export function describeIssues(error: z.ZodError, input: unknown): DescribedIssue[] {
  return error.issues.flatMap((issue) => describeIssue(issue, input))
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown): DescribedIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      const said = asText({ message: message('fault.unknown_key'), remedy: null })
      return { path, key: dotted(path), ...said, isUnknown: true, isEmpty: false }
    })
  }
  const value = valueAt(input, issue.path)
  return [
    {
      path: [...issue.path],
      key: dotted(issue.path),
      ...asText({ message: faultOf(issue, value), remedy: remedyOf(issue, value) }),
      isUnknown: false,
      isEmpty: value === null || value === undefined,
    },
  ]
}

function faultOf(issue: z.core.$ZodIssue, given: unknown): Message {
  if (given === undefined) {
    return issue.code === 'invalid_type'
      ? message('fault.missing_kind', { kind: kindOf(issue.expected) })
      : message('fault.missing')
  }
  const value = shown(given)
  const reason = reasonOf(issue)
  if (issue.message.startsWith('must ')) return message('fault.rule', { rule: reason, value })
  switch (issue.code) {
    case 'invalid_type':
      if (given instanceof LongNumbers && issue.expected === 'array') {
        return message('fault.no_numbers')
      }
      return message('fault.kind', {
        kind: kindOf(issue.expected),
        value: issue.expected === 'boolean' ? value : withKind(given),
      })
    case 'too_big': {
      const max = String(issue.maximum)
      return typeof given === 'string'
        ? message('fault.too_long', { length: given.length, max })
        : message('fault.too_big', { value, max })
    }
    case 'too_small': {
      const min = String(issue.minimum)
      return typeof given === 'string' || Array.isArray(given)
        ? message('fault.too_short', { min })
        : message('fault.too_small', { value, min })
    }
    case 'invalid_value': {
      const allowed = either(issue.values.map((one) => quoted(JSON.stringify(one))))
      return message('fault.value', { value, allowed })
    }
    case 'invalid_union': {
      const kinds = kindsOf(issue)
      return kinds === null
        ? message('fault.no_form', { value })
        : message('fault.kind', { kind: kinds, value: withKind(given) })
    }
    case 'invalid_key':
      return message('fault.name', { reason: issue.issues[0] ? reasonOf(issue.issues[0]) : reason })
    default:
      return message('fault.custom', { value, reason })
  }
}

/** Custom rules carry a message in `params`; others only its text, since zod takes only texts. */
function reasonOf(issue: z.core.$ZodIssue): Message {
  const own: unknown = issue.code === 'custom' ? issue.params?.['fault'] : undefined
  const code = RULES.get(issue.message)
  return (own as Message | undefined) ?? (code ? message(code) : quoted(issue.message))
}

const RULE_CODES = [
  'rule.control_character',
  'rule.empty_program',
  'rule.not_zero',
  'rule.nul',
  'rule.port_range',
  'rule.positive',
  'rule.variable_name',
] as const
const RULES = new Map<string, (typeof RULE_CODES)[number]>(
  RULE_CODES.map((code) => [MESSAGES[code], code]),
)

/** Custom rules name it in `params`; for a wrong type it is the intended value. */
function remedyOf(issue: z.core.$ZodIssue, value: unknown): Message | null {
  if (issue.code === 'invalid_type' && typeof value === 'string') return meantBy(value, issue)
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const word = nearestWord(value, issue.values.map(String))
    return word === null ? null : message('fix.meant', { word })
  }
  const remedy: unknown = issue.code === 'custom' ? issue.params?.['remedy'] : undefined
  return (remedy as Message | undefined) ?? null
}

function meantBy(text: string, { expected }: z.core.$ZodIssueInvalidType): Message | null {
  if (expected === 'boolean') {
    if (/^(yes|y|on|true)$/i.test(text)) return message('fix.write', { value: 'true' })
    return /^(no|n|off|false)$/i.test(text) ? message('fix.write', { value: 'false' }) : null
  }
  const isNumber = expected === 'number' || expected === 'int'
  const number = isNumber ? /^\s*(\d+(?:\.\d+)?)\s*s?\s*$/.exec(text)?.[1] : undefined
  return number === undefined ? null : message('fix.number', { number })
}

/** "a string or an object" if every form of the union needs another type; otherwise null. */
function kindsOf(issue: z.core.$ZodIssueInvalidUnion): Message | null {
  const kinds = issue.errors.map(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? first.expected : null,
  )
  return kinds.includes(null) ? null : either([...new Set(kinds)].map((kind) => kindOf(kind ?? '')))
}

const either = ([first = quoted(''), ...others]: readonly Message[]): Message =>
  others.reduce((before, next) => message('either', { first: before, second: next }), first)

function kindOf(type: string): Message {
  switch (type) {
    case 'array':
    case 'boolean':
    case 'int':
    case 'number':
    case 'object':
    case 'string':
      return message(`kind.${type}`)
    case 'record':
      return message('kind.object')
    default:
      return quoted(`a ${type}`)
  }
}

/** `a string ("x")`; self-explanatory values alone: `null`, `an array of 3`. */
function withKind(value: unknown): Message {
  if (typeof value === 'string') return message('value.string', { value: preview(value) })
  return typeof value === 'number' ? message('value.number', { value }) : shown(value)
}

/** A value in a message. */
export function shown(value: unknown): Message {
  if (Array.isArray(value)) return message('value.array', { length: value.length })
  if (value instanceof LongNumbers) return message('value.numbers')
  if (typeof value === 'object' && value !== null) return message('value.object')
  return quoted(preview(value))
}

const PREVIEW_LENGTH_MAX = 60

export function preview(value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > PREVIEW_LENGTH_MAX
    return JSON.stringify(cut ? `${value.slice(0, PREVIEW_LENGTH_MAX)}…` : value)
  }
  return typeof value === 'object' && value !== null ? shown(value).message : String(value)
}

/** `['data', 'images', 2]` as `data.images[2]`. */
export function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = root
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}
