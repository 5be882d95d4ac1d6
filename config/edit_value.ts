/** What an edit of models.yaml does to the parsed values; edit.ts changes the text. */
import type { ConfigEditMessage } from '../protocol/config_edits.ts'

/** Paths start at the section. `unset` also removes a map that becomes empty; `remove` also removes the section's comments. */
export type ConfigEdit = ConfigEditMessage

export type Json = Record<string, unknown>

export const ROOT = 'model_backends'

export function changeValue(value: Json, edit: ConfigEdit): Json {
  const next = mapOf(value)
  const sections = sectionsOf(next)
  switch (edit.edit) {
    case 'set':
      setAt(sections, [edit.backend, ...edit.path], copyOf(edit.value))
      break
    case 'unset': {
      const path = pathToRemove(value, edit)
      const parent = valueAt(next, path.slice(0, -1))
      if (isFilledMap(parent)) delete parent[String(path.at(-1))]
      break
    }
    case 'add':
      sections[edit.backend] = copyOf(edit.section)
      break
    case 'remove':
      delete sections[edit.backend]
      break
    case 'rename': {
      const section = sections[edit.backend]
      delete sections[edit.backend]
      sections[edit.to] = section
    }
  }
  return { ...next, [ROOT]: sections }
}

/** Path from the root. A map of the section that would become empty is removed itself. */
export function pathToRemove(
  value: Json,
  { backend, path }: ConfigEdit & { edit: 'unset' },
): string[] {
  const whole = [ROOT, backend, ...path]
  for (let length = whole.length; length > 3; length--) {
    const parent = valueAt(value, whole.slice(0, length - 1))
    const isAlone =
      isFilledMap(parent) &&
      Object.keys(parent).length === 1 &&
      Object.hasOwn(parent, whole[length - 1] ?? '')
    if (!isAlone) return whole.slice(0, length)
  }
  return whole.slice(0, 3)
}

function setAt(root: Json, path: readonly string[], value: unknown): void {
  const [key = '', ...below] = path
  if (below.length === 0) {
    root[key] = value
    return
  }
  const child = root[key]
  const map = isFilledMap(child) ? child : {}
  root[key] = map
  setAt(map, below, value)
}

export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isFilledMap(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    root,
  )
}

export const sectionsOf = (value: Json): Json => {
  const sections = value[ROOT]
  return isFilledMap(sections) ? sections : {}
}

export const isFilledMap = (value: unknown): value is Json =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length > 0
export const isFilledList = (value: unknown): value is unknown[] =>
  Array.isArray(value) && value.length > 0

export function copyOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown
}

/** A copy of a map; an empty map for any other value, such as the null of an empty file. */
export function mapOf(value: unknown): Json {
  const copy = copyOf(value)
  return isFilledMap(copy) ? copy : {}
}
