import { describe, expect, it } from 'vitest'
import type { OutputStream } from '../launcher/launcher.ts'
import { ChildLineParser, LineSplitter } from './child_lines.ts'
import { asText, message } from '../../protocol/messages.ts'
import { REASON_AGE_MS_MAX, ReasonFinder } from './reason_line.ts'

function finderOf(text: string, stream: OutputStream = 'stderr', atMs = 0): ReasonFinder {
  const finder = new ReasonFinder()
  const parser = new ChildLineParser('one', stream)
  const splitter = new LineSplitter((line) => {
    const parsed = parser.parse(line)
    finder.note(parsed, { isLevelAssumed: parser.isLevelAssumed, atMs })
  })
  splitter.push(Buffer.from(text))
  splitter.end()
  return finder
}

const CASES: [string, string, string][] = [
  [
    'Node: the error above its stack',
    `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:8768
    at Server.setupListenHandle [as _listen2] (node:net:1817:16)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1796:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21) {
  code: 'EADDRINUSE',
  errno: -98,
  port: 8768
}

Node.js v22.11.0
`,
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:8768',
  ],
  [
    'Node: a module that is missing',
    `node:internal/modules/cjs/loader:1228
  throw err;
  ^

Error: Cannot find module '/srv/backend.js'
Require stack:
- /srv/start.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v22.11.0
`,
    "Error: Cannot find module '/srv/backend.js'",
  ],
  [
    'Node: a syntax error below the quoted source',
    `/srv/backend.js:1
const = 5
      ^

SyntaxError: Unexpected token '='
    at wrapSafe (node:internal/modules/cjs/loader:1378:20)

Node.js v22.11.0
`,
    "SyntaxError: Unexpected token '='",
  ],
  [
    'Python: the last line of a traceback',
    `Traceback (most recent call last):
  File "/srv/backend.py", line 3, in <module>
    import torch
ModuleNotFoundError: No module named 'torch'
`,
    "ModuleNotFoundError: No module named 'torch'",
  ],
  [
    'Python: the last of chained tracebacks',
    `Traceback (most recent call last):
  File "a.py", line 1, in <module>
KeyError: 'model'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
RuntimeError: the model has no key "model"
`,
    'RuntimeError: the model has no key "model"',
  ],
  [
    'Python: a message that goes on in the next line',
    `Traceback (most recent call last):
  File "a.py", line 1, in <module>
RuntimeError: Error(s) in loading state_dict for Net:
	Missing key(s) in state_dict: "fc.weight".
`,
    'RuntimeError: Error(s) in loading state_dict for Net: Missing key(s) in state_dict: "fc.weight".',
  ],
  [
    'Python: a group of exceptions',
    `  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 1, in <module>
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "a.py", line 1, in <module>
    | ValueError: bad
    +------------------------------------
`,
    'ValueError: bad',
  ],
  [
    'Python: a syntax error',
    `  File "/srv/backend.py", line 2
    match x:
          ^
SyntaxError: invalid syntax
`,
    'SyntaxError: invalid syntax',
  ],
  [
    'Python: a file that is missing',
    "/usr/bin/python3: can't open file '/srv/backend.py': [Errno 2] No such file or directory\n",
    "/usr/bin/python3: can't open file '/srv/backend.py': [Errno 2] No such file or directory",
  ],
  [
    'uvicorn: what failed, not its farewell',
    `ERROR:    Traceback (most recent call last):
  File "/srv/app.py", line 9, in lifespan
FileNotFoundError: weights.pt

ERROR:    Application startup failed. Exiting.
`,
    'FileNotFoundError: weights.pt',
  ],
  [
    'npm: what the program said',
    `TypeError: x is not a function
    at main (/srv/a.js:1:1)
npm ERR! code ELIFECYCLE
npm ERR! A complete log of this run can be found in: /tmp/x.log
`,
    'TypeError: x is not a function',
  ],
  [
    'argparse: the error below the usage',
    `usage: backend.py [-h] [--model MODEL]
                  [--gpu]
backend.py: error: unrecognized arguments: --port 8768
`,
    'backend.py: error: unrecognized arguments: --port 8768',
  ],
  [
    'ours: the sentence above the usage',
    `There is no backend "animals"; for your own model file, set runtime: onnx.
Usage: npm run backend -- NAME [--host H] [--port P] [--config FILE]
                              [--dialect native|platform]
  NAME     one of: fatigue, eeg, emotion
`,
    'There is no backend "animals"; for your own model file, set runtime: onnx.',
  ],
  [
    'a shell',
    'start.sh: line 3: conda: command not found\n',
    'start.sh: line 3: conda: command not found',
  ],
  [
    'Rust: the place and the reason',
    `thread 'main' panicked at src/main.rs:4:5:
called \`Option::unwrap()\` on a \`None\` value
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
`,
    "thread 'main' panicked at src/main.rs:4:5: called `Option::unwrap()` on a `None` value",
  ],
  [
    'Go: the panic',
    `panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
main.main()
	/srv/main.go:5 +0x1d
exit status 2
`,
    'panic: runtime error: index out of range [3] with length 2',
  ],
  [
    'C++: the text of the exception',
    `terminate called after throwing an instance of 'std::runtime_error'
  what():  model.gguf is truncated
`,
    "terminate called after throwing an instance of 'std::runtime_error' what():  model.gguf is truncated",
  ],
  [
    'Java: the innermost cause',
    `Exception in thread "main" java.lang.RuntimeException: start failed
	at Main.main(Main.java:5)
Caused by: java.io.FileNotFoundException: model.bin
	at Main.load(Main.java:9)
	... 1 more
`,
    'Caused by: java.io.FileNotFoundException: model.bin',
  ],
  [
    '.NET: the exception above its stack',
    `Unhandled exception. System.IO.FileNotFoundException: Could not find file 'model.bin'.
   at Program.Main(String[] args) in Program.cs:line 3
`,
    "Unhandled exception. System.IO.FileNotFoundException: Could not find file 'model.bin'.",
  ],
  [
    'a traceback in one JSON line',
    `{"level":"error","msg":"Traceback (most recent call last):\\n  File \\"a.py\\", line 1\\nValueError: bad"}\n`,
    'ValueError: bad',
  ],
  [
    'a stack in one JSON line',
    `{"level":50,"time":1,"msg":"Error: no model\\n    at load (/srv/a.js:1:1)"}\n`,
    'Error: no model',
  ],
  [
    'a progress bar above the reason',
    'Downloading:  50%|#####     | 1/2\nSegmentation fault\n',
    'Segmentation fault',
  ],
]

describe('the reason of an exit', () => {
  it.each(CASES)('%s', (_name, text, reason) => {
    expect(finderOf(text).reason(0, true)?.message).toBe(reason)
  })

  it('is not taken from a line without a level when a signal ended the process', () => {
    const finder = finderOf('loading weights\n')
    expect(finder.reason(0, true)?.message).toBe('loading weights')
    expect(finder.reason(0, false)).toBeNull()
  })

  it('is not an error that the process outlived by a minute', () => {
    const finder = finderOf('ERROR a request failed\n', 'stdout', 1000)
    expect(finder.reason(1000 + REASON_AGE_MS_MAX, true)?.message).toBe('a request failed')
    expect(finder.reason(1001 + REASON_AGE_MS_MAX, true)).toBeNull()
  })

  it('is not a progress bar, usage or version', () => {
    const text = 'usage: a\nNode.js v22.0.0\nLoading:  50%|#####     | 1/2\n'
    expect(finderOf(text).reason(0, true)).toBeNull()
  })

  it('is one line of bounded length without control characters', () => {
    const message = `a\u001b[31m${'x'.repeat(600)}`
    const reason = finderOf(`${JSON.stringify({ level: 50, msg: message })}\n`).reason(
      0,
      true,
    )?.message
    expect(reason).toBe(`a\\x1b[31m${'x'.repeat(491)}…`)
  })

  it('keeps the code that a built-in backend logs beside it', () => {
    const said = message('refusal.no_model', { reason: message('model.no_graph') })
    const { message: msg, ...parts } = asText({ message: said })
    const line = JSON.stringify({ level: 50, msg, ...parts })
    expect(finderOf(`${line}\n`).reason(0, true)).toEqual(said)
  })
})
