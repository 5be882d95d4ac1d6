/** Exports in the real search thread, from memory and from files. */
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logLineSchema, type LogLine } from '../../protocol/control.ts'
import { exportLines, type ExportOptions } from './export_lines.ts'
import { LogFiles, type LogFilesOptions } from './log_files.ts'
import { LogStore } from './log_store.ts'

const entry = pathToFileURL(
  path.resolve(import.meta.dirname, '../../dist/control/logs/search_worker.js'),
)

let dir: string
let open: LogFiles[]
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'log-export-'))
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((files) => files.close()))
  rmSync(dir, { recursive: true })
})

/** A store whose lines go to files, as in the control plane. */
function create(capacity: number, options: Partial<LogFilesOptions> = {}) {
  const store = new LogStore(() => 1000, capacity)
  const now = Date.parse('2026-02-01T00:00:00Z')
  const files = new LogFiles({
    dir,
    now: () => now,
    pid: process.pid,
    onNotice: () => undefined,
    ...options,
  })
  open.push(files)
  store.follow((line) => {
    files.append(line)
  })
  const fill = (count: number, message = 'line') => {
    for (let index = 0; index < count; index++) {
      store.add({
        source: 'a',
        level: store.total % 2 === 0 ? 'info' : 'warn',
        message: `${message} ${store.total}`,
      })
    }
  }
  const stream = (more: Partial<ExportOptions> = {}) =>
    exportLines({ store, files, query: {}, format: 'jsonl', scope: 'run', entry, ...more })
  const lines = async (more: Partial<ExportOptions> = {}): Promise<LogLine[]> =>
    (await text(stream(more)))
      .split('\n')
      .slice(0, -1)
      .map((line) => logLineSchema.parse(JSON.parse(line)))
  return { store, files, fill, stream, lines }
}

const seqs = (lines: LogLine[]) => lines.map(({ seq }) => seq)
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_line, index) => from + index)

describe('an export', () => {
  it('is every line once, in order: those that only the files hold, and those that are in memory too', async () => {
    const { fill, lines } = create(100)
    fill(1000)
    const exported = await lines()
    expect(seqs(exported)).toEqual(range(0, 1000))
    expect(exported[999]).toEqual({
      seq: 999,
      time: 1000,
      level: 'warn',
      source: 'a',
      message: 'line 999',
    })
  })

  it('is filtered as a search is', async () => {
    const { fill, lines } = create(100)
    fill(1000)
    const query = { pattern: '^LINE \\d?7$', is_regex: true, levels: ['warn' as const] }
    expect(seqs(await lines({ query }))).toEqual([7, 17, 27, 37, 47, 57, 67, 77, 87, 97])
  })

  it('of memory alone needs no files', async () => {
    const { fill, lines } = create(100)
    fill(100)
    expect(seqs(await lines({ files: null }))).toEqual(range(0, 100))
  })

  it('of nothing is empty', async () => {
    const { lines } = create(100)
    expect(await lines()).toEqual([])
    expect(await lines({ files: null })).toEqual([])
  })

  it('as text is for reading', async () => {
    const { store, stream } = create(100)
    store.add({
      source: 'emotion',
      level: 'warn',
      message: 'slow',
      time: 0,
      request_id: 'r1',
      fields: { ms: 9 },
    })
    store.add({ source: 'emotion', level: 'info', message: 'odd clock', time: 1e300 })
    expect(await text(stream({ format: 'text' }))).toBe(
      '1970-01-01T00:00:00.000Z WARN  emotion [request r1] slow {"ms":9}\n1e+300 INFO  emotion odd clock\n',
    )
  })

  it('counts the missing lines in their place', async () => {
    const { files, fill, lines } = create(10, { fileBytesMax: 1000, filesMax: 2 })
    fill(100)
    await files.flush()
    const { removed } = files.view()
    const exported = await lines({ query: { pattern: 'line 99' } })
    expect(removed).toBeGreaterThan(0)
    expect(exported.map(({ message }) => message)).toEqual([
      `${removed} lines are missing here: their file was deleted to free space, or they could not be written`,
      'line 99',
    ])
  })

  it('takes earlier runs as well when it is asked to, and passes over a damaged end of a file', async () => {
    const earlier = path.join(dir, 'run-2026-01-01T00-00-00-000Z-1')
    mkdirSync(earlier)
    const old: LogLine = { seq: 0, time: 5, level: 'info', source: 'a', message: 'old' }
    writeFileSync(path.join(earlier, 'lines-000001.jsonl'), `${JSON.stringify(old)}\n{"seq":1,"ti`)
    const { fill, lines } = create(100, { runsBytesMax: 1e9 })
    fill(2)
    expect((await lines({ scope: 'all' })).map(({ message }) => message)).toEqual([
      'old',
      'line 0',
      'line 1',
    ])
    expect((await lines({ scope: 'run' })).map(({ message }) => message)).toEqual([
      'line 0',
      'line 1',
    ])
  })

  it('of a file of many pieces is read in pieces', async () => {
    const { store, files, lines } = create(1)
    for (let index = 0; index < 200; index++)
      store.add({ source: 'a', level: 'info', message: '漢'.repeat(5000) })
    await files.flush()
    const [name = ''] = readdirSync(files.dir)
    // Lines of other programs in the file are skipped.
    appendFileSync(path.join(files.dir, name), 'no line\n\n')
    const exported = await lines()
    expect(seqs(exported)).toEqual(range(0, 200))
    expect(exported.every(({ message }) => message === '漢'.repeat(5000))).toBe(true)
  })

  it('goes no farther than its reader: it ends with the stream', async () => {
    const { fill, stream } = create(100_000)
    fill(20_000, 'x'.repeat(200))
    const reading = stream()
    for await (const piece of reading) {
      expect(String(piece)).toContain('"seq":0')
      break
    }
    expect(reading.destroyed).toBe(true)
  })
})

describe('a failed export gives the reason', () => {
  it('a faulty expression, before anything is opened', () => {
    const { stream } = create(10)
    expect(() => stream({ query: { pattern: '[', is_regex: true } })).toThrow(
      /not valid: Unterminated character class/,
    )
  })
  it('an expression that runs away', async () => {
    const { store, stream } = create(10)
    store.add({ source: 'a', level: 'info', message: `${'a'.repeat(40)}!` })
    const reading = stream({ query: { pattern: '(a+)+$', is_regex: true }, limitMs: 200 })
    await expect(text(reading)).rejects.toMatchObject({ code: 'search_timeout' })
  })
  it('a thread that does not come up', async () => {
    const { stream } = create(10)
    await expect(text(stream({ entry: new URL('missing.js', entry) }))).rejects.toMatchObject({
      code: 'search_failed',
    })
  })
})
