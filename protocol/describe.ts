/** Turns zod's issues into the sentences that people read: the key, what was given, what would be right. */
import type { z } from 'zod'

export interface DescribedIssue {
  path: PropertyKey[]
  /** Dotted, `data.images[2]`; empty for the root. */
  key: string
  message: string
  /** What to do, where the rule that was broken names it. */
  remedy: string | null
}

/** One sentence per issue. `input` is what was parsed, so that the sentence can name the value. */
export function describeIssues(error: z.ZodError, input: unknown): DescribedIssue[] {
  return error.issues.flatMap((issue) => describeIssue(issue, input))
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown): DescribedIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      return { path, key: dotted(path), message: 'is not a known key', remedy: null }
    })
  }
  const value = valueAt(input, issue.path)
  const shown = value === undefined ? 'missing' : preview(value)
  return [
    {
      path: [...issue.path],
      key: dotted(issue.path),
      message: sentence(issue, value, shown),
      remedy: remedyOf(issue),
    },
  ]
}

function sentence(issue: z.core.$ZodIssue, value: unknown, shown: string): string {
  if (value === undefined) return `is missing${expectation(issue)}`
  const given = typeof value === 'string' ? `has ${value.length} characters` : `is ${shown}`
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}, not ${kindOf(value)} (${shown})`
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
        : `must be ${expected}, not ${kindOf(value)} (${shown})`
    }
    default:
      return `is ${shown}: ${issue.message}`
  }
}

/** Custom rules name it in `params`. */
function remedyOf(issue: z.core.$ZodIssue): string | null {
  const remedy: unknown = issue.code === 'custom' ? issue.params?.remedy : undefined
  return typeof remedy === 'string' ? remedy : null
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
  const noun = type === 'record' ? 'object' : type === 'int' ? 'integer' : type
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return article(typeof value)
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
