/** Edits of generated files: the expected text is derived from the model that the file was printed from. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelsConfigSchema } from '../protocol/config.ts'
import { editConfig, type ConfigEdit } from './edit.ts'

type Value = string | number | boolean
type Quotes = '' | '"' | "'"

interface EntryModel {
  above: string[]
  key: string
  gap: string
  value: Value
  /** Of strings only. */
  quotes: Quotes
  comment: string
}
interface SectionModel {
  above: string[]
  name: string
  comment: string
  entries: EntryModel[]
  left: string[]
  /** Lines of a list below the entries, which no edit changes. */
  list: string[]
  added: EntryModel[]
  tail: string[]
}
interface FileModel {
  step: number
  eol: string
  isEnded: boolean
  head: string[]
  comment: string
  sections: SectionModel[]
}

const word = fc
  .stringMatching(/^[a-z]{4,9}$/)
  .filter((text) => !['true', 'false', 'null'].includes(text))
const VALUES = {
  enabled: fc.boolean(),
  host: word,
  cwd: word,
  model: word,
  threads: fc.integer({ min: 1, max: 256 }),
  queue_limit: fc.integer({ min: 1, max: 100_000 }),
  request_timeout: fc.integer({ min: 1, max: 3600 }),
  health_interval: fc.integer({ min: 1, max: 300 }),
} satisfies Record<string, fc.Arbitrary<Value>>
type Key = keyof typeof VALUES
const KEYS = Object.keys(VALUES) as Key[]

const commentText = fc.stringMatching(/^#[ -~äß]{0,12}$/)
const comment = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.stringMatching(/^ {1,4}$/), commentText).map((parts) => parts.join('')),
)
const looseLines = fc.array(
  fc.oneof(
    fc.constantFrom('', '  '),
    fc.tuple(fc.stringMatching(/^ {0,6}$/), commentText).map((parts) => parts.join('')),
  ),
  { maxLength: 3 },
)
const entryOf = (key: string, values: fc.Arbitrary<Value>): fc.Arbitrary<EntryModel> =>
  fc.record({
    above: looseLines,
    key: fc.constant(key),
    gap: fc.stringMatching(/^ {1,3}$/),
    value: values,
    quotes: fc.constantFrom<Quotes>('', '"', "'"),
    comment,
  })
const section = (name: string, port: number): fc.Arbitrary<SectionModel> =>
  fc.record({
    above: looseLines,
    name: fc.constant(name),
    comment,
    entries: fc
      .subarray(KEYS)
      .chain((keys) =>
        fc.tuple(
          entryOf('port', fc.constant(port)),
          ...keys.map((key) => entryOf(key, VALUES[key])),
        ),
      )
      .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length })),
    left: fc.constant([]),
    list: fc.constantFrom<string[]>(
      [],
      ['providers: # of these', '  # the fast one', '  - cuda', '', '  - cpu   # slow'],
      ['options: { window: 3 } # few'],
    ),
    added: fc.constant([]),
    tail: looseLines,
  })
const file: fc.Arbitrary<FileModel> = fc.record({
  step: fc.constantFrom(2, 3, 4),
  eol: fc.constantFrom('\n', '\r\n'),
  isEnded: fc.boolean(),
  head: looseLines,
  comment,
  sections: fc
    .uniqueArray(fc.constantFrom('emotion', 'eeg', 'left-hand', 'a_1'), { minLength: 1 })
    .chain((names) => fc.tuple(...names.map((name, index) => section(name, 8766 + index)))),
})

function valueText({ value, quotes }: EntryModel): string {
  return typeof value === 'string' ? `${quotes}${value}${quotes}` : String(value)
}

function linesOf({ step, head, comment: rootComment, sections }: FileModel): string[] {
  const pad = (line: string, depth: number) => ' '.repeat(step * depth) + line
  const printEntry = (entry: EntryModel) => [
    ...entry.above,
    pad(`${entry.key}:${entry.gap}${valueText(entry)}${entry.comment}`, 2),
  ]
  return [
    ...head,
    `model_backends:${rootComment}`,
    ...sections.flatMap((one) => [
      ...one.above,
      pad(`${one.name}:${one.comment}`, 1),
      ...one.entries.flatMap(printEntry),
      ...one.left,
      ...one.list.map((line) => (line === '' ? '' : pad(line, 2))),
      ...one.added.flatMap(printEntry),
      ...one.tail,
    ]),
  ]
}

const print = (model: FileModel) =>
  linesOf(model).join(model.eol) + (model.isEnded ? model.eol : '')

const valuesOf = ({ sections }: FileModel) =>
  modelsConfigSchema.parse({
    model_backends: Object.fromEntries(
      sections.map(({ name, entries, list, added }) => [
        name,
        {
          ...Object.fromEntries([...entries, ...added].map(({ key, value }) => [key, value])),
          ...(list[0]?.startsWith('providers') ? { providers: ['cuda', 'cpu'] } : {}),
          ...(list[0]?.startsWith('options') ? { options: { window: 3 } } : {}),
        },
      ]),
    ),
  })

/** A last line without a line end may get one. */
const withEnd = (text: string, { eol }: FileModel) => (text.endsWith(eol) ? text : text + eol)

/** The model after `edit`; only sets and unsets of `KEYS`, and renames. */
function changed(model: FileModel, edit: ConfigEdit): FileModel {
  const sections = model.sections.map((one) => {
    if (one.name !== edit.backend) return one
    if (edit.edit === 'rename') return { ...one, name: edit.to }
    if (edit.edit !== 'set' && edit.edit !== 'unset') throw new Error('not of this model')
    const [key] = edit.path
    const index = one.entries.findIndex((entry) => entry.key === key)
    const found = one.entries[index]
    if (edit.edit === 'set') {
      const value = edit.value as Value
      if (found !== undefined)
        return { ...one, entries: one.entries.with(index, { ...found, value }) }
      const added: EntryModel = { above: [], key, gap: ' ', value, quotes: '', comment: '' }
      return { ...one, added: [...one.added, added] }
    }
    if (found === undefined) return one
    const entries = one.entries.toSpliced(index, 1)
    const next = entries[index]
    // Comment lines above stay in place: above the next key, the list or the following text.
    if (next !== undefined) {
      return {
        ...one,
        entries: entries.with(index, { ...next, above: [...found.above, ...next.above] }),
      }
    }
    return { ...one, entries, left: found.above }
  })
  // The line above a removed one had a line end, also if it is blank and the last one.
  const isShorter =
    edit.edit === 'unset' && linesOf(model).at(-1) !== linesOf({ ...model, sections }).at(-1)
  return { ...model, sections, isEnded: model.isEnded || isShorter }
}

describe('random edits of random files', () => {
  const edits = (model: FileModel): fc.Arbitrary<ConfigEdit> => {
    const backend = fc.constantFrom(...model.sections.map(({ name }) => name))
    const set = fc.constantFrom(...KEYS).chain((key) =>
      fc.record({
        edit: fc.constant('set' as const),
        backend,
        path: fc.constant([key] as [Key]),
        value: VALUES[key],
      }),
    )
    const unset = fc.record({
      edit: fc.constant('unset' as const),
      backend,
      path: fc.constantFrom(...KEYS).map((key): [Key] => [key]),
    })
    const rename = fc.record({
      edit: fc.constant('rename' as const),
      backend,
      to: fc.constantFrom('other', 'another-1'),
    })
    return fc.oneof({ weight: 4, arbitrary: set }, { weight: 3, arbitrary: unset }, rename)
  }
  const cases = file.chain((model) => fc.tuple(fc.constant(model), edits(model)))

  it('changes the one line, byte for byte', () => {
    fc.assert(
      fc.property(cases, ([model, edit]) => {
        const expected = changed(model, edit)
        const result = editConfig(print(model), [edit])
        expect(result).toEqual({
          ok: true,
          text: expect.anything() as string,
          config: expect.anything() as unknown,
        })
        if (!result.ok) return
        expect(withEnd(result.text, model)).toBe(withEnd(print(expected), model))
        expect(result.config).toEqual(valuesOf(expected))
      }),
      { numRuns: 200 },
    )
  })

  /** The added lines, if they are contiguous; else null. */
  const linesMore = (longer: string, shorter: string, eol: string): string | null => {
    const [many, few] = [longer.split(eol), shorter.split(eol)]
    let same = 0
    while (same < few.length && many[same] === few[same]) same++
    const count = many.length - few.length
    return isDeepStrictEqual(many.toSpliced(same, count), few)
      ? many.slice(same, same + count).join('\n')
      : null
  }

  it('adds a section in one piece', () => {
    fc.assert(
      fc.property(file, word, (model, cwd) => {
        const given = { port: 9000, cwd }
        const result = editConfig(print(model), [{ edit: 'add', backend: 'new', section: given }])
        if (!result.ok) throw new Error(JSON.stringify(result.problems))
        const { new: added, ...others } = result.config.model_backends
        expect(added).toMatchObject(given)
        expect(others).toEqual(valuesOf(model).model_backends)
        expect(linesMore(result.text, print(model), model.eol)).toMatch(
          /^\s*new:\s+port: 9000\s+cwd: [a-z]+\s*$/,
        )
      }),
    )
  })

  it('takes a section away in one piece, and no line of another', () => {
    const named = file.chain((model) =>
      fc.tuple(fc.constant(model), fc.constantFrom(...model.sections.map(({ name }) => name))),
    )
    fc.assert(
      fc.property(named, ([model, backend]) => {
        const result = editConfig(print(model), [{ edit: 'remove', backend }])
        if (!result.ok) throw new Error(JSON.stringify(result.problems))
        const { [backend]: _removed, ...others } = valuesOf(model).model_backends
        expect(result.config.model_backends).toEqual(others)
        const text = model.sections.length > 1 ? result.text : result.text.replace(': {}', ':')
        const piece = linesMore(withEnd(print(model), model), withEnd(text, model), model.eol)
        expect(piece).toContain(`${backend}:`)
        for (const name of Object.keys(others))
          expect(piece).not.toMatch(new RegExp(`^ *${name}:`, 'm'))
      }),
    )
  })
})
