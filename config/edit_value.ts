/** What an edit of models.yaml means for the values of the file, whatever its text looks like. Pure; edit.ts changes the text. */
import type { ConfigEditMessage } from '../protocol/config_edits.ts'

/**
 * Values are JSON; a path begins at the section. `unset` of a key that is not there is no fault; a map that it leaves empty goes too.
 * `remove` takes the section away with the comment lines directly above it and those inside.
 */
export type ConfigEdit = ConfigEditMessage

export type Json = Record<string, unknown>

/** The one key at the top of the file. */
export const ROOT = 'model_backends'

/** `value`, the whole file, after the edit. */
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

/** From the root. A map of the section that would be left empty is removed itself. */
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

/** undefined where the way ends. */
export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isFilledMap(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    root,
  )
}

/** Empty where there are none. */
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

/** A deep JSON copy, without `undefined`. */
export function copyOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown
}

/** The same of a map; an empty one in place of anything else, such as the null of an empty file. */
export function mapOf(value: unknown): Json {
  const copy = copyOf(value)
  return isFilledMap(copy) ? copy : {}
}
