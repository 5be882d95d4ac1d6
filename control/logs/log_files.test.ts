import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logLineSchema, type LogLine } from '../../protocol/control.ts'
import { LogFiles, type LogFilesOptions } from './log_files.ts'

let dir: string
let notices: string[]
let now: number
let open: LogFiles[]

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'log-files-'))
  notices = []
  now = 0
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((files) => files.close()))
  rmSync(dir, { recursive: true })
})

function create(options: Partial<LogFilesOptions> = {}): LogFiles {
  const files = new LogFiles({
    dir,
    now: () => now,
    pid: process.pid,
    onNotice: (level, message) => notices.push(`${level}: ${message}`),
    ...options,
  })
  open.push(files)
  return files
}

const lineOf = (seq: number, message: string): LogLine => ({
  seq,
  time: 1,
  level: 'info',
  source: 'a',
  message,
})

/** Every line of the files, parsed; an invalid one fails the test. */
function linesIn(folder: string): LogLine[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n').slice(0, -1))
    .map((text) => logLineSchema.parse(JSON.parse(text)))
}

describe('lines on disk', () => {
  it('are those that came in, in their order, in files that keep their bound', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 60 }),
        fc.integer({ min: 300, max: 3000 }),
        fc.nat(60),
        async (messages, fileBytesMax, flushAt) => {
          const files = create({ fileBytesMax, filesMax: 1000 })
          const lines = messages.map((message, seq) => lineOf(seq, message))
          for (const [index, line] of lines.entries()) {
            if (index === flushAt) await files.flush()
            files.append(line)
          }
          await files.close()
          expect(linesIn(files.dir)).toEqual(lines)
          expect(files.view()).toMatchObject({ written: lines.length, not_written: 0, waiting: 0 })
          if (lines.length === 0) return
          const sizes = readdirSync(files.dir).map(
            (name) => statSync(path.join(files.dir, name)).size,
          )
          // A line of 60 characters has at most 300 bytes as JSON, unless all of it is escaped.
          expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.max(fileBytesMax, 500))
          rmSync(files.dir, { recursive: true })
        },
      ),
      { numRuns: 25 },
    )
  })

  it('are counted when their file makes room: removed and kept are all that was written', async () => {
    const files = create({ fileBytesMax: 1000, filesMax: 3 })
    for (let seq = 0; seq < 200; seq++) files.append(lineOf(seq, 'x'.repeat(50)))
    await files.flush()
    const kept = linesIn(files.dir)
    const view = files.view()
    expect(readdirSync(files.dir)).toHaveLength(3)
    expect(view).toMatchObject({ files: 3, written: 200, not_written: 0, problem: null })
    expect(view.bytes).toBeLessThanOrEqual(3000)
    expect(kept.length + view.removed).toBe(200)
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_line, index) => view.removed + index))
  })

  it('with fields that are not JSON are kept without them', async () => {
    const files = create()
    files.append({ ...lineOf(0, 'big'), fields: { n: 1n } })
    await files.flush()
    expect(linesIn(files.dir)[0]).toMatchObject({
      message: 'big',
      fields: { unreadable: expect.stringContaining('BigInt') },
    })
  })

  it('that come after the end are counted, and closing twice is once', async () => {
    const files = create()
    files.append(lineOf(0, 'x'))
    await files.close()
    await files.close()
    files.append(lineOf(1, 'y'))
    expect(linesIn(files.dir)).toHaveLength(1)
    expect(files.view()).toMatchObject({ written: 1, not_written: 1 })
  })
})

describe('a folder that cannot be written', () => {
  /** A file in place of the folder: fails for administrators too, on every system. */
  const blocked = () => {
    const file = path.join(dir, 'blocked')
    writeFileSync(file, '')
    return file
  }

  it('is logged once, and the lines that do not fit into the queue are counted', async () => {
    const files = create({ dir: blocked(), queueCharactersMax: 1000, retryMs: 3_600_000 })
    for (let seq = 0; seq < 100; seq++) files.append(lineOf(seq, 'x'))
    await files.flush()
    for (let seq = 100; seq < 200; seq++) files.append(lineOf(seq, 'x'))
    await files.flush()
    const { waiting, not_written: lost, written } = files.view()
    expect(written).toBe(0)
    expect(waiting).toBeGreaterThan(0)
    expect(waiting + lost).toBe(200)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toMatch(/^warn: log lines cannot be written to .*free space there/)
    await files.close()
    expect(files.view()).toMatchObject({ written: 0, waiting: 0, not_written: 200 })
  })

  it('is logged with its reason, and queued lines are written when it works again', async () => {
    const file = blocked()
    const files = create({ dir: file, retryMs: 3_600_000 })
    for (let seq = 0; seq < 10; seq++) files.append(lineOf(seq, 'x'))
    await files.flush()
    expect(notices[0]).toMatch(/ENOTDIR|EEXIST|ENOENT/)
    expect(files.view().problem).toMatch(/ENOTDIR|EEXIST|ENOENT/)
    rmSync(file)
    await files.flush()
    expect(linesIn(files.dir)).toHaveLength(10)
    now += 61_000
    files.append(lineOf(10, 'x'))
    await files.flush()
    expect(linesIn(files.dir)).toHaveLength(11)
    expect(files.view()).toMatchObject({ problem: null, written: 11, not_written: 0 })
    expect(notices[1]).toMatch(/^info: .*again; 0 lines of this run are not in the files/)
    expect(notices).toHaveLength(2)
    rmSync(file, { recursive: true })
  })

  it('may be spoken of in the log itself', async () => {
    const files: LogFiles = create({
      dir: blocked(),
      onNotice: (_level, message) => {
        files.append(lineOf(99, message))
      },
    })
    files.append(lineOf(0, 'x'))
    await files.flush()
    expect(files.view()).toMatchObject({ written: 0, waiting: 2 })
  })
})

describe('earlier runs', () => {
  /** No process has it: Linux and macOS stay below 2^22, Windows counts in fours. */
  const NO_PID = 2 ** 30 + 1
  const earlierRun = (hour: number, pid: number, bytes: number) => {
    const run = path.join(dir, `run-2026-01-01T${String(hour).padStart(2, '0')}-00-00-000Z-${pid}`)
    mkdirSync(run)
    writeFileSync(path.join(run, 'lines-000001.jsonl'), 'x'.repeat(bytes))
    return run
  }

  it('are removed, the oldest first, until there is room; those of living processes stay', async () => {
    now = Date.parse('2026-02-01T00:00:00Z')
    const alive = earlierRun(0, process.pid, 1000)
    const old = [earlierRun(1, NO_PID, 1000), earlierRun(2, NO_PID, 1000)]
    const young = earlierRun(3, NO_PID, 1000)
    const files = create({ fileBytesMax: 500, filesMax: 2, runsBytesMax: 3000 })
    files.append(lineOf(0, 'x'))
    await files.flush()
    expect(existsSync(alive)).toBe(true)
    expect(old.map(existsSync)).toEqual([false, false])
    expect(existsSync(young)).toBe(true)
    expect(await files.list('all', 0)).toEqual([
      { paths: [path.join(alive, 'lines-000001.jsonl')], endSeq: null },
      { paths: [path.join(young, 'lines-000001.jsonl')], endSeq: null },
      { paths: [path.join(files.dir, 'lines-000001.jsonl')], endSeq: 0 },
    ])
    expect(await files.list('run', 7)).toEqual([
      { paths: [path.join(files.dir, 'lines-000001.jsonl')], endSeq: 7 },
    ])
  })

  it('are bounded in number, and other folders are left alone', async () => {
    now = Date.parse('2026-02-01T00:00:00Z')
    const other = path.join(dir, 'notes')
    mkdirSync(other)
    for (let hour = 0; hour < 5; hour++) earlierRun(hour, NO_PID, 10)
    const files = create({ runsMax: 3 })
    files.append(lineOf(0, 'x'))
    await files.flush()
    expect(readdirSync(dir).filter((name) => name.startsWith('run-'))).toHaveLength(3)
    expect(existsSync(other)).toBe(true)
  })
})
