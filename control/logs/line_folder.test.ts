import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { OutputStream } from '../launcher/launcher.ts'
import { ChildLineParser, LineSplitter } from './child_lines.ts'
import { FOLD_CHARACTERS_MAX, FOLD_LINES_MAX, LineFolder } from './line_folder.ts'
import type { NewLine } from './log_store.ts'

function reader(stream: OutputStream = 'stderr') {
  const entries: NewLine[] = []
  let due: (() => void) | null = null
  let nowMs = 1000
  const folder = new LineFolder({
    onEntry: (entry) => entries.push(entry),
    now: () => nowMs,
    later: (_delayMs, act) => {
      due = act
      return () => {
        due = null
      }
    },
  })
  const parser = new ChildLineParser('one', stream)
  const splitter = new LineSplitter((text) => {
    const line = parser.parse(text)
    folder.push(line, parser.isPlain)
  })
  return {
    entries,
    write: (text: string) => {
      splitter.push(Buffer.from(text))
    },
    /** Runs the delayed calls now. */
    pause: () => {
      nowMs += 1000
      const act = due
      due = null
      act?.()
    },
    end: () => {
      splitter.end()
      folder.end()
    },
  }
}

function entriesOf(text: string, stream: OutputStream = 'stderr'): [string, string][] {
  const { entries, write, end } = reader(stream)
  write(text)
  end()
  return entries.map(({ level, message }) => [level, message])
}

/** Blank lines are not logged. */
const withoutBlanks = (text: string) =>
  text
    .replace(/\n\s*\n/g, '\n')
    .replace(/^\n/, '')
    .trimEnd()

const STACKS: [string, string][] = [
  [
    'a traceback of Python',
    `Traceback (most recent call last):
  File "/srv/backend.py", line 3, in <module>
    import torch
ModuleNotFoundError: No module named 'torch'
`,
  ],
  [
    'chained exceptions of Python',
    `Traceback (most recent call last):
  File "a.py", line 1, in <module>
KeyError: 'model'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
    raise RuntimeError("no key")
RuntimeError: no key
`,
  ],
  [
    'an exception of Python raised from another',
    `Traceback (most recent call last):
  File "a.py", line 1, in <module>
OSError: disk

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
package.LoadProblem
`,
  ],
  [
    'a group of exceptions of Python',
    `  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 1, in <module>
  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "a.py", line 1, in <module>
    | ValueError: bad
    +---------------- 2 ----------------
    | TypeError: worse
    +------------------------------------
`,
  ],
  [
    'a syntax error of Python',
    `  File "/srv/backend.py", line 2
    match x:
          ^
SyntaxError: invalid syntax
`,
  ],
  [
    "a logger's line with its traceback",
    `ERROR entropy connection handler failed
Traceback (most recent call last):
  File "connection.py", line 282, in recv
    raise self.protocol.close_exc
websockets.exceptions.ConnectionClosedError: no close frame received or sent
`,
  ],
  [
    'a logger that begins a traceback with its level',
    `ERROR:    Traceback (most recent call last):
  File "/srv/app.py", line 9, in lifespan
FileNotFoundError: weights.pt
`,
  ],
  [
    'a thread of Python',
    `Exception in thread Thread-1 (work):
Traceback (most recent call last):
  File "threading.py", line 1045, in _bootstrap_inner
ZeroDivisionError: division by zero
`,
  ],
  [
    "Python's fault handler",
    `Fatal Python error: Segmentation fault

Current thread 0x00007f3b2c5f1740 (most recent call first):
  File "a.py", line 3 in f
Extension modules: numpy.core (total: 1)
`,
  ],
  [
    'an uncaught error of Node',
    `node:internal/modules/cjs/loader:1228
  throw err;
  ^

Error: Cannot find module './x.js'
Require stack:
- /srv/start.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/start.js' ]
}

Node.js v20.20.2
`,
  ],
  [
    'an error event of Node',
    `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:8768
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1796:8) {
  code: 'EADDRINUSE',
}

Node.js v22.11.0
`,
  ],
  [
    'an error of Node with its cause',
    `TypeError: fetch failed
    at load (/srv/a.js:1:1) {
  [cause]: Error: connect ECONNREFUSED 127.0.0.1:1
      at TCPConnectWrap.afterConnect (node:net:1611:16)
}
`,
  ],
  [
    'an exception of Java with its causes',
    `Exception in thread "main" java.lang.RuntimeException: start failed
	at Main.main(Main.java:5)
Caused by: java.io.FileNotFoundException: model.bin
	at Main.load(Main.java:9)
	... 1 more
`,
  ],
  [
    "an exception of Java below a logger's line",
    `2024-01-02 15:04:05.123 ERROR [main] com.x.Y - cannot load
java.io.IOException: disk
	at com.x.Y.load(Y.java:12)
	Suppressed: java.lang.IllegalStateException: closed
		at com.x.Y.close(Y.java:20)
`,
  ],
  [
    'an exception of .NET',
    `Unhandled exception. System.IO.FileNotFoundException: Could not find file 'model.bin'.
 ---> System.IO.IOException: disk
   --- End of inner exception stack trace ---
   at Program.Main(String[] args) in Program.cs:line 3
`,
  ],
  [
    'a panic of Go',
    `panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
main.(*Server).load(0xc000012345, {0x1, 0x2})
	/srv/main.go:5 +0x1d
created by main.main in goroutine 1
	/srv/main.go:9 +0x2c
exit status 2
`,
  ],
  [
    'a fatal error of Go with its goroutines',
    `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/srv/main.go:5 +0x1d

goroutine 18 [select, 2 minutes]:
net/http.(*conn).serve(0xc000)
	/usr/lib/go/src/net/http/server.go:2009 +0x5f4
`,
  ],
  [
    'a panic of Rust with its backtrace',
    `thread 'main' panicked at src/main.rs:4:5:
called \`Option::unwrap()\` on a \`None\` value
stack backtrace:
   0: rust_begin_unwind
             at /rustc/std/src/panicking.rs:652:5
   1: server::main
note: Some details are omitted, run with \`RUST_BACKTRACE=full\` for a verbose backtrace.
`,
  ],
  [
    'an error of a Rust program with its causes',
    `Error: cannot load the model

Caused by:
    No such file or directory (os error 2)
`,
  ],
  [
    'an exception of C++',
    `terminate called after throwing an instance of 'std::runtime_error'
  what():  model.gguf is truncated
`,
  ],
]

describe('one entry, an error that keeps its indentation, is', () => {
  it.each(STACKS)('%s', (_title, text) => {
    const around = entriesOf(`INFO ready\n${text}INFO goes on\nplain\n`)
    expect(around).toEqual([
      ['info', 'INFO ready'],
      ['error', withoutBlanks(text)],
      ['info', 'INFO goes on'],
      ['warn', 'plain'],
    ])
  })

  it('each traceback whose lines all begin with the header of the logger', () => {
    const header = 'ERROR 01-02 15:04:05 [core.py:12] '
    const lines = ['Traceback (most recent call last):', '  File "a.py", line 1', 'ValueError: bad']
    expect(entriesOf(lines.map((line) => `${header}${line}\n`).join(''))).toEqual([
      ['error', `${header}${lines.join('\n')}`],
    ])
  })

  it('each of two failures that follow each other', () => {
    const failure = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: bad\n'
    expect(entriesOf(failure + failure).map(([, message]) => `${message}\n`)).toEqual([
      failure,
      failure,
    ])
  })

  it.each([
    [
      'python3',
      [
        '-c',
        'def f():\n  raise KeyError(1)\ntry:\n  f()\nexcept KeyError as e:\n  raise ValueError("bad") from e',
      ],
      'ValueError: bad',
    ],
    [
      'python3',
      [
        '-c',
        'import logging\ntry:\n  1/0\nexcept ZeroDivisionError:\n  logging.exception("failed")',
      ],
      'ZeroDivisionError: division by zero',
    ],
    [
      process.execPath,
      ['-e', 'require("./nowhere.js")'],
      "Error: Cannot find module './nowhere.js'",
    ],
    [process.execPath, ['-e', 'throw new TypeError("bad")'], 'TypeError: bad'],
    [process.execPath, ['-e', 'throw "a text"'], 'a text'],
  ] as const)('what %s %j prints', (program, args, reason) => {
    const { stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
    if (error !== undefined) return
    const entries = entriesOf(stderr)
    expect(entries).toEqual([['error', withoutBlanks(stderr)]])
    expect(entries[0]?.[1]).toContain(reason)
  })
})

describe('separate lines are', () => {
  it.each([
    ['plain lines', 'a\nb\n', ['a', 'b']],
    ['errors of a logger', 'ERROR a\nERROR b\nINFO c\n', ['ERROR a', 'ERROR b', 'INFO c']],
    [
      'an address, and what follows it',
      '/srv/app:80\nlistening\ndone\n',
      ['/srv/app:80', 'listening', 'done'],
    ],
    ['an address at the end', '/srv/app:80\n', ['/srv/app:80']],
    ['indented lines of other levels', 'INFO shapes\n  [1, 3]\n', ['INFO shapes', '  [1, 3]']],
  ])('%s', (_title, text, messages) => {
    expect(entriesOf(text).map(([, message]) => message)).toEqual(messages)
  })

  it('JSON lines, also between the lines of a traceback', () => {
    const text =
      '{"level":"error","msg":"failed"}\n  indented\nERROR a\n{"level":"info","msg":"b"}\n'
    expect(entriesOf(text)).toEqual([
      ['error', 'failed'],
      ['error', '  indented'],
      ['error', 'ERROR a'],
      ['info', 'b'],
    ])
  })
})

describe('what is held', () => {
  const TEXT = 'Traceback (most recent call last):\n  File "a.py", line 1\n'

  it('comes after a pause, with the time of its first line', () => {
    const { entries, write, pause } = reader()
    write(`${TEXT}ValueError: bad\n`)
    expect(entries).toEqual([])
    pause()
    expect(entries).toEqual([
      { source: 'one', level: 'error', time: 1000, message: `${TEXT}ValueError: bad` },
    ])
  })

  it('comes at the end of the output', () => {
    expect(entriesOf(TEXT)).toEqual([['error', TEXT.trimEnd()]])
  })

  it('is joined with what comes late, and not with the next line of the program', () => {
    const { entries, write, pause, end } = reader()
    write(TEXT)
    pause()
    write('  File "b.py", line 2\nValueError: bad\nplain\n')
    end()
    expect(entries.map(({ level, message }) => [level, message])).toEqual([
      ['error', TEXT.trimEnd()],
      ['error', '  File "b.py", line 2\nValueError: bad'],
      ['warn', 'plain'],
    ])
  })

  it('keeps its beginning and its end when it is too long, and counts what is dropped', () => {
    const frames = Array.from({ length: 1000 }, (_, index) => `  File "a.py", line ${index}`)
    const text = ['Traceback (most recent call last):', ...frames, 'RecursionError: deep'].join(
      '\n',
    )
    const lines = entriesOf(`${text}\n`)[0]?.[1].split('\n') ?? []
    expect(lines[0]).toBe('Traceback (most recent call last):')
    expect(lines[FOLD_LINES_MAX]).toMatch(/^… \(562 lines with \d+ characters are not kept\)$/)
    expect(lines.at(-1)).toBe('RecursionError: deep')
    expect(lines.length).toBeLessThan(FOLD_LINES_MAX + 50)
  })

  it('is bounded in characters', () => {
    const frames = Array.from({ length: 300 }, () => `  ${'x'.repeat(10_000)}\n`).join('')
    const [[, message = ''] = []] = entriesOf(`ERROR a\n${frames}`)
    expect(message.length).toBeLessThan(FOLD_CHARACTERS_MAX + 40_000)
    expect(message).toMatch(/lines with \d+ characters are not kept/)
  })
})
