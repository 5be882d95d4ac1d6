/**
 * Edits the text of models.yaml and keeps comments, order, quotes and blank lines. An edit that would not load is never written.
 */
import { isDeepStrictEqual } from 'node:util'
import { parseDocument } from 'yaml'
import type { ConfigProblem, ModelsConfig } from '../protocol/config.ts'
import { faultText, type Fault } from '../protocol/config_problem.ts'
import { preview } from '../protocol/describe.ts'
import { message } from '../protocol/messages.ts'
import {
  changeValue,
  copyOf,
  isFilledList,
  isFilledMap,
  mapOf,
  pathToRemove,
  ROOT,
  sectionsOf,
  valueAt,
  type ConfigEdit,
  type Json,
} from './edit_value.ts'
import { parseConfig } from './load.ts'
import { syntaxMessage } from './parse_yaml.ts'
import type { ReservedAddress } from './port_clashes.ts'
import { Uneditable, type YamlPath } from './yaml_places.ts'
import {
  appendSection,
  isBlockList,
  removeIn,
  removeWithComments,
  renameIn,
  setIn,
} from './yaml_text.ts'

export type { ConfigEdit } from './edit_value.ts'

export type EditedConfig =
  { ok: true; text: string; config: ModelsConfig } | { ok: false; problems: ConfigProblem[] }

export interface EditContext {
  file?: string
  reserved?: readonly ReservedAddress[]
  busy?: ReadonlySet<number>
}

/**
 * Applies the edits in order. Only the lines of an edited key change. Comments inside a removed key, or inside a replaced `[ ]`
 * or `{ }`, are lost. The result passes the checks of load.ts; otherwise returns the problems. Never throws.
 */
export function editConfig(
  text: string,
  edits: readonly ConfigEdit[],
  { file = 'models.yaml', reserved = [], busy }: EditContext = {},
): EditedConfig {
  const { value, fault } = readValue(text)
  if (value === null) {
    const said = {
      message: message('config.yaml_syntax', { reason: fault.reason }),
      remedy: message('fix.syntax'),
    }
    const line = lineAt(text, fault.at)
    return { ok: false, problems: [{ file, line, key: '', ...faultText(said) }] }
  }
  let draft: Draft = { text, value }
  for (const edit of edits) {
    const next = refusalOf(draft, edit) ?? apply(draft, edit)
    if ('text' in next) draft = next
    else return { ok: false, problems: [problemOf(draft, edit, next, file)] }
  }
  const loaded = parseConfig(draft.text, file, reserved, busy)
  return loaded.ok ? { ok: true, text: draft.text, config: loaded.config } : loaded
}

/** Every edit is made in both the text and the value, so that a bug in the text edit is detected. */
interface Draft {
  text: string
  value: Json
}

interface SyntaxFault {
  reason: string
  /** Offset in the text; null if unknown. */
  at: number | null
}

/** null, with the problem, when the text cannot be parsed. */
function readValue(
  text: string,
): { value: Json; fault: null } | { value: null; fault: SyntaxFault } {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) {
    return { value: null, fault: { reason: syntaxMessage(error), at: error.pos[0] } }
  }
  try {
    return { value: mapOf(document.toJS()), fault: null }
  } catch (cause) {
    // The yaml package reports a missing anchor, or too many aliases, only here.
    if (!(cause instanceof ReferenceError)) throw cause
    return { value: null, fault: { reason: `${cause.message}.`, at: null } }
  }
}

const lineAt = (text: string, at: number | null) =>
  at === null ? null : text.slice(0, at).split('\n').length

interface Refusal extends Fault {
  at: SyntaxFault['at']
}

function refusalOf({ value }: Draft, edit: ConfigEdit): Refusal | null {
  const sections = sectionsOf(value)
  const names = Object.keys(sections).join(', ') || message('config.none_yet')
  const isThere = Object.hasOwn(sections, edit.backend)
  if (edit.edit !== 'add' && !isThere) {
    const said = message('config.no_backend', { name: preview(edit.backend) })
    return { message: said, remedy: message('fix.one_of', { names }), at: null }
  }
  const added = edit.edit === 'add' ? edit.backend : edit.edit === 'rename' ? edit.to : null
  if (added === null || !Object.hasOwn(sections, added)) return null
  if (edit.edit === 'rename' && edit.to === edit.backend) return null
  const said = message('config.backend_exists', { name: preview(added) })
  return { message: said, remedy: message('fix.free_name', { names }), at: null }
}

function problemOf(
  { text }: Draft,
  { backend }: ConfigEdit,
  { at, ...fault }: Refusal,
  file: string,
): ConfigProblem {
  return { file, line: lineAt(text, at), key: `${ROOT}.${backend}`, ...faultText(fault) }
}

function apply(draft: Draft, edit: ConfigEdit): Draft | Refusal {
  try {
    const next = { text: changeText(draft, edit), value: changeValue(draft.value, edit) }
    if (isDeepStrictEqual(readValue(next.text).value, next.value)) return next
    throw new Uneditable(null)
  } catch (error) {
    if (!(error instanceof Uneditable)) throw error
    return {
      message: message('config.uneditable'),
      remedy: message('fix.by_hand'),
      at: error.at,
    }
  }
}

function changeText({ text, value }: Draft, edit: ConfigEdit): string {
  const section = [ROOT, edit.backend]
  switch (edit.edit) {
    case 'set':
      return setValue(
        text,
        [...section, ...edit.path],
        valueAt(value, [...section, ...edit.path]),
        copyOf(edit.value),
      )
    case 'unset':
      return removeIn(text, pathToRemove(value, edit))
    case 'add':
      return appendSection(text, [ROOT], edit.backend, mapOf(edit.section))
    case 'remove':
      return removeWithComments(text, section)
    case 'rename':
      return renameIn(text, section, edit.to)
  }
}

/** Descends while old and new values have the same shape, so that unchanged entries keep their comments. */
function setValue(text: string, path: YamlPath, old: unknown, wanted: unknown): string {
  if (isDeepStrictEqual(old, wanted)) return text
  if (isFilledMap(old) && isFilledMap(wanted)) {
    const set = Object.entries(wanted).reduce(
      (result, [key, value]) => setValue(result, [...path, key], old[key], value),
      text,
    )
    return Object.keys(old)
      .filter((key) => !Object.hasOwn(wanted, key))
      .reduce((result, key) => removeIn(result, [...path, key]), set)
  }
  if (isFilledList(old) && isFilledList(wanted) && isBlockList(text, path)) {
    const set = wanted.reduce<string>(
      (result, value, index) => setValue(result, [...path, index], old[index], value),
      text,
    )
    return old
      .slice(wanted.length)
      .reduce<string>((result) => removeIn(result, [...path, wanted.length]), set)
  }
  return setIn(text, path, wanted)
}
