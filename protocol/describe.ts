/** Turns zod's issues into the sentences that people read: the key, what was given, what would be right. */
import type { z } from 'zod'
import { LongNumbers } from './long_numbers.ts'
import { nearestWord } from './nearest_word.ts'

export interface DescribedIssue {
  path: PropertyKey[]
  /** Dotted, `data.images[2]`; empty for the root. */
  key: string
  message: string
  /** What to do, where the rule that was broken names it. */
  remedy: string | null
  /** The key itself is not one of the schema. */
  isUnknown: boolean
  /** Nothing stands where something must. */
  isEmpty: boolean
}

/** One sentence per issue. `input` is what was parsed, so that the sentence can name the value. */
export function describeIssues(error: z.ZodError, input: unknown): DescribedIssue[] {
  return error.issues.flatMap((issue) => describeIssue(issue, input))
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown): DescribedIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      return {
        path,
        key: dotted(path),
        message: 'is not a known key',
        remedy: null,
        isUnknown: true,
        isEmpty: false,
      }
    })
  }
  const value = valueAt(input, issue.path)
  const shown = value === undefined ? 'missing' : preview(value)
  return [
    {
      path: [...issue.path],
      key: dotted(issue.path),
      message: sentence(issue, value, shown),
      remedy: remedyOf(issue, value),
      isUnknown: false,
      isEmpty: value === null || value === undefined,
    },
  ]
}

function sentence(issue: z.core.$ZodIssue, value: unknown, shown: string): string {
  if (value === undefined) return `is missing${expectation(issue)}`
  const given = typeof value === 'string' ? `has ${value.length} characters` : `is ${shown}`
  // A rule that names its own bounds, instead of the message of the schema library.
  if (issue.message.startsWith('must ')) return `${issue.message}, not ${shown}`
  switch (issue.code) {
    case 'invalid_type':
      if (value instanceof LongNumbers && issue.expected === 'array') {
        return 'must not be an array of numbers'
      }
      return `must be ${article(issue.expected)}, not ${issue.expected === 'boolean' ? shown : withKind(value)}`
    case 'too_big':
      return `${given}; must be at most ${issue.maximum}`
    case 'too_small':
      return typeof value === 'string' || Array.isArray(value)
        ? `is too short; must hold at least ${issue.minimum}`
        : `${given}; must be at least ${issue.minimum}`
    case 'invalid_value':
      return `is ${shown}; must be ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}`
    case 'invalid_union': {
      const expected = kindsOf(issue)
      return expected === ''
        ? `is ${shown}, which fits none of the allowed forms`
        : `must be ${expected}, not ${withKind(value)}`
    }
    case 'invalid_key':
      return `is not a valid name: ${issue.issues[0]?.message ?? issue.message}`
    default:
      return `is ${shown}: ${issue.message}`
  }
}

/** Custom rules name it in `params`; of a wrong type it is the value that was meant. */
function remedyOf(issue: z.core.$ZodIssue, value: unknown): string | null {
  if (issue.code === 'invalid_type' && typeof value === 'string') return meantBy(value, issue)
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const near = nearestWord(value, issue.values.map(String))
    return near === null ? null : `did you mean ${near}?`
  }
  const remedy: unknown = issue.code === 'custom' ? issue.params?.remedy : undefined
  return typeof remedy === 'string' ? remedy : null
}

function meantBy(text: string, { expected }: z.core.$ZodIssueInvalidType): string | null {
  if (expected === 'boolean') {
    if (/^(yes|y|on|true)$/i.test(text)) return 'write true'
    return /^(no|n|off|false)$/i.test(text) ? 'write false' : null
  }
  const isNumber = expected === 'number' || expected === 'int'
  const number = isNumber ? /^\s*(\d+(?:\.\d+)?)\s*s?\s*$/.exec(text)?.[1] : undefined
  return number === undefined ? null : `write ${number}, without quotes or a unit`
}

/** "a string or an object" when every form of the union wants another kind of value; else empty. */
function kindsOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const kinds = issue.errors.map(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? article(first.expected) : null,
  )
  return kinds.includes(null) ? '' : [...new Set(kinds)].join(' or ')
}

function expectation(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? `; must be ${article(issue.expected)}` : ''
}

function article(type: string): string {
  if (type === 'boolean') return 'true or false'
  const noun = type === 'record' ? 'object' : type === 'int' ? 'integer' : type
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
}

/** `a string ("x")`; self-describing values stand alone: `null`, `an array of 3`. */
function withKind(value: unknown): string {
  const isPlain = typeof value === 'string' || typeof value === 'number'
  return isPlain ? `a ${typeof value} (${preview(value)})` : preview(value)
}

const PREVIEW_LENGTH_MAX = 60

/** A value as short JSON, for sentences and logs. Deep or long values are cut. */
export function preview(value: unknown): string {
  if (typeof value === 'string') {
    // Cut before quoting: the string may be an image of many megabytes.
    const cut = value.length > PREVIEW_LENGTH_MAX
    return JSON.stringify(cut ? `${value.slice(0, PREVIEW_LENGTH_MAX)}…` : value)
  }
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof LongNumbers) return 'an array of numbers'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
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
