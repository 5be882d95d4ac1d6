/** A real process floods both of its streams, and every line is stored. */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LogLine } from '../../protocol/control.ts'
import type { OutputStream } from '../launcher/launcher.ts'
import { createNodeLauncher } from '../launcher/node_launcher.ts'
import { ChildLineParser, LineSplitter } from './child_lines.ts'
import { LogFiles } from './log_files.ts'
import { LogStore } from './log_store.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'log-flood-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

/** Runs `script` as a backend process; resolves when its output is in the files. */
async function runInto(script: string): Promise<{ store: LogStore; files: LogFiles }> {
  const entry = path.join(dir, 'flood.mjs')
  writeFileSync(entry, script)
  const store = new LogStore(() => Date.now())
  const files = new LogFiles({
    dir,
    now: () => Date.now(),
    pid: process.pid,
    onNotice: () => undefined,
  })
  store.follow((line) => {
    files.append(store.whole(line.seq) ?? line)
  })
  const splitterOf = (stream: OutputStream) => {
    const parser = new ChildLineParser('flood', stream)
    return new LineSplitter((line) => {
      store.add(parser.parse(line))
    })
  }
  const splitters = { stdout: splitterOf('stdout'), stderr: splitterOf('stderr') }
  const launcher = createNodeLauncher({
    execPath: process.execPath,
    entry,
    cwd: dir,
    env: process.env,
  })
  const exit = await new Promise<{ code: number | null; failure: unknown }>((resolve) => {
    launcher.launch(
      { name: 'flood', args: [], env: {} },
      {
        onOutput: (stream, chunk) => {
          splitters[stream].push(chunk)
        },
        onExit: resolve,
      },
    )
  })
  expect(exit).toMatchObject({ code: 0, failure: null })
  splitters.stdout.end()
  splitters.stderr.end()
  await files.close()
  return { store, files }
}

async function forEachLine(files: LogFiles, onLine: (line: LogLine) => void): Promise<void> {
  const [run] = await files.list('run', 0)
  for (const file of run?.paths ?? []) {
    for await (const text of createInterface(createReadStream(file)))
      onLine(JSON.parse(text) as LogLine)
  }
}

/** For a machine that is busy with other tests. */
const TIMEOUT_MS = 120_000

it(
  '200,000 lines on stdout and stderr are all in the files, in the order of each stream',
  async () => {
    const { store, files } = await runInto(`
    import { once } from 'node:events'
    const write = async (stream, name, from) => {
      for (let block = 0; block < 1000; block++) {
        let text = ''
        for (let line = 0; line < 100; line++) text += name + ' ' + (block * 100 + line) + ' äöü 漢字 ' + 'x'.repeat(line) + '\\n'
        if (!stream.write(text)) await once(stream, 'drain')
      }
    }
    await Promise.all([write(process.stdout, 'INFO:out:'), write(process.stderr, 'ERROR:err:')])
  `)
    const next = { 'INFO:out:': 0, 'ERROR:err:': 0 }
    let wrong = 0
    await forEachLine(files, ({ message, level }) => {
      const [name = '', number = ''] = message.split(' ')
      const isRight = name in next && Number(number) === next[name as keyof typeof next]++
      if (!isRight || level !== (name === 'INFO:out:' ? 'info' : 'error')) wrong++
    })
    expect(wrong).toBe(0)
    expect(next).toEqual({ 'INFO:out:': 100_000, 'ERROR:err:': 100_000 })
    expect(files.view()).toMatchObject({
      written: 200_000,
      not_written: 0,
      removed: 0,
      waiting: 0,
      problem: null,
    })
    expect(store.total).toBe(200_000)
    expect(store.dropped).toBe(100_000)
  },
  TIMEOUT_MS,
)

it(
  'a line of 100 MB is cut, and the lines around it are whole',
  async () => {
    const { files } = await runInto(`
    import { once } from 'node:events'
    const write = async (text) => { if (!process.stdout.write(text)) await once(process.stdout, 'drain') }
    await write('before\\n')
    for (let part = 0; part < 100; part++) await write('z'.repeat(1_000_000))
    await write('\\nafter\\n')
  `)
    const messages: string[] = []
    await forEachLine(files, ({ message }) => messages.push(message))
    expect(messages.map((message) => message.slice(-102))).toEqual([
      'before',
      expect.stringMatching(
        /^z+… \(line cut at 262144 characters; 99737856 of its 100000000 bytes are not kept\)$/,
      ),
      'after',
    ])
  },
  TIMEOUT_MS,
)
