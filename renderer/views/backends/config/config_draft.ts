import type { ConfigProblem } from '../../../../protocol/config.ts'
import type { ConfigEditMessage } from '../../../../protocol/config_edits.ts'
import { CONFIG_FIELDS, textOf, valueOf, type ConfigField } from './config_fields.ts'

export type DraftTexts = Readonly<Record<string, string>>
export type SectionValues = Readonly<Record<string, unknown>>

export function typedText(field: ConfigField, values: SectionValues, texts: DraftTexts): string {
  return texts[field.key] ?? textOf(field, values[field.key])
}

/** Typing the original text removes the draft. */
export function withText(
  texts: DraftTexts,
  field: ConfigField,
  values: SectionValues,
  text: string,
): DraftTexts {
  const others = Object.entries(texts).filter(([key]) => key !== field.key)
  const isOld = text === textOf(field, values[field.key])
  return Object.fromEntries(isOld ? others : [...others, [field.key, text]])
}

/** One edit per changed key. An empty field removes the key, so that the default applies. */
export function editsOf(backend: string, texts: DraftTexts): ConfigEditMessage[] {
  return CONFIG_FIELDS.flatMap((field): ConfigEditMessage[] => {
    const text = texts[field.key]
    if (text === undefined) return []
    const value = valueOf(field, text)
    return [editTo(backend, field.key, value)]
  })
}

export function undoOf(
  edits: readonly ConfigEditMessage[],
  values: SectionValues,
): ConfigEditMessage[] {
  return edits.flatMap((edit) =>
    'path' in edit ? [editTo(edit.backend, edit.path[0], values[edit.path[0]])] : [],
  )
}

export function problemsByKey(
  backend: string,
  problems: readonly ConfigProblem[],
): ReadonlyMap<string, readonly ConfigProblem[]> {
  const found = new Map<string, ConfigProblem[]>()
  for (const problem of problems) {
    const [, section, key = ''] = problem.key.split('.')
    const field = section === backend && CONFIG_FIELDS.some((one) => one.key === key) ? key : ''
    found.set(field, [...(found.get(field) ?? []), problem])
  }
  return found
}

function editTo(backend: string, key: string, value: unknown): ConfigEditMessage {
  return value === undefined
    ? { edit: 'unset', backend, path: [key] }
    : { edit: 'set', backend, path: [key], value }
}
