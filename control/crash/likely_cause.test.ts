import { message, quoted } from '../../protocol/messages.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CRASH_CAUSES, type CrashCauseCode, type CrashLogLine } from '../../protocol/crash.ts'
import type { CrashEvidence } from './crash_evidence.ts'
import { EXIT_CAUSE_ROWS } from './exit_cause_rows.ts'
import { EVIDENCE_AGE_MS_MAX, EVIDENCE_LINES_MAX, likelyCauseOf } from './likely_cause.ts'
import { LOG_CAUSE_ROWS } from './log_cause_rows.ts'

const TIME = 1_800_000_000_000

const lineOf = (message: string, seq = 0, more: Partial<CrashLogLine> = {}): CrashLogLine => ({
  seq,
  time: TIME - 100,
  level: 'error',
  source: 'emotion',
  message,
  ...more,
})

const evidenceOf = (given: Partial<CrashEvidence> = {}): CrashEvidence => ({
  exit: { code: 1, signal: null, failure: null },
  owner: 'ours',
  phase: 'ready',
  time: TIME,
  lines: [],
  killReason: null,
  startHint: null,
  oomKill: null,
  oomReason: null,
  runtime: 'command',
  command: [],
  ...given,
})

/** Lines as printed by the programs; the last column is what the cause must name. */
const EXAMPLES: [CrashCauseCode, string, string | null][] = [
  [
    'port_taken',
    'port 8768 on localhost is already in use; stop the program that holds it, or choose another port',
    '8768',
  ],
  [
    'port_forbidden',
    'port 1030 on localhost is forbidden for this user; choose one of 1024-65535',
    '1030',
  ],
  [
    'model_missing',
    'the model could not be loaded: the model file /m/cls.onnx is missing; run `npm run models`',
    'cls.onnx',
  ],
  [
    'model_missing',
    'No such file: /m/none.onnx. Correct the path in model; a relative path starts at /m.',
    'none.onnx',
  ],
  [
    'model_missing',
    "Load model from /m/face.onnx failed:Load model /m/face.onnx failed. File doesn't exist",
    'face.onnx',
  ],
  [
    'model_missing',
    "FileNotFoundError: [Errno 2] No such file or directory: 'weights/net.pt'",
    'net.pt',
  ],
  [
    'model_missing',
    'The model file /m/a.onnx has weights in a.onnx.data: /m/a.onnx.data cannot be opened (ENOENT). Copy it to the folder of the model, under that name.',
    'a.onnx',
  ],
  ['model_corrupt', 'The model file /m/a.onnx is empty. Copy or export it again.', 'a.onnx'],
  [
    'model_corrupt',
    'The model file /m/a.onnx is a Git LFS pointer, not the model itself. Run `git lfs pull`.',
    'a.onnx',
  ],
  [
    'model_corrupt',
    'The model file /m/a.onnx has weights in a.onnx.data: a.onnx.data is incomplete: 5 bytes, and the model needs 9.',
    'a.onnx',
  ],
  ['model_corrupt', 'Load model from /m/a.onnx failed:Protobuf parsing failed.', 'a.onnx'],
  [
    'model_corrupt',
    'RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory',
    null,
  ],
  ['model_corrupt', "_pickle.UnpicklingError: invalid load key, '<'.", null],
  [
    'model_corrupt',
    'safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge',
    null,
  ],
  ['port_taken', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:8768', '8768'],
  [
    'port_taken',
    "OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', 8767): address already in use",
    null,
  ],
  [
    'port_taken',
    'OSError: [WinError 10048] Only one usage of each socket address (protocol/network address/port) is normally permitted',
    null,
  ],
  ['port_forbidden', 'Error: listen EACCES: permission denied 0.0.0.0:80', '80'],
  [
    'port_forbidden',
    '[04:28:59.497] ERROR: port 32767 on localhost is forbidden for this user; choose one of 1024-65535',
    '32767',
  ],
  [
    'port_forbidden',
    'OSError: [WinError 10013] An attempt was made to access a socket in a way forbidden by its access permissions',
    null,
  ],
  ['address_unavailable', 'Error: listen EADDRNOTAVAIL: address not available 10.9.9.9:8768', null],
  [
    'shared_library_missing',
    'OSError: libcudnn.so.9: cannot open shared object file: No such file or directory',
    'libcudnn.so.9',
  ],
  [
    'shared_library_missing',
    'ImportError: DLL load failed while importing _C: The specified module could not be found.',
    '_C',
  ],
  [
    'shared_library_missing',
    'Error: The specified module could not be found.\n\\\\?\\C:\\app\\onnxruntime_binding.node',
    'onnxruntime_binding.node',
  ],
  [
    'shared_library_unfit',
    "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by a.node)",
    'GLIBC_2.34',
  ],
  ['python_module_missing', "ModuleNotFoundError: No module named 'torch'", 'torch'],
  [
    'node_module_missing',
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'onnxruntime-node' imported from /a/b.js",
    'onnxruntime-node',
  ],
  [
    'js_heap_exhausted',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    null,
  ],
  [
    'gpu_memory_exhausted',
    'CUDA failure 2: out of memory ; GPU=0 ; hostname=h ; file=cuda_call.cc',
    null,
  ],
  ['gpu_memory_exhausted', 'cudaErrorMemoryAllocation: out of memory', null],
  ['memory_exhausted', "terminate called after throwing an instance of 'std::bad_alloc'", null],
  [
    'memory_exhausted',
    'bfc_arena.cc:376 AllocateRawInternal Failed to allocate memory for requested buffer of size 104857600',
    null,
  ],
  ['memory_exhausted', 'MemoryError', null],
  [
    'gpu_driver_unfit',
    'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version',
    null,
  ],
  ['gpu_driver_unfit', 'Failed to initialize NVML: Driver/library version mismatch', null],
  [
    'gpu_device_lost',
    'HRESULT failed with 0x887A0005: the GPU device instance has been suspended (DXGI_ERROR_DEVICE_REMOVED)',
    null,
  ],
  ['gpu_device_lost', 'vkQueueSubmit failed with VK_ERROR_DEVICE_LOST', null],
  ['gpu_memory_exhausted', 'RuntimeError: CUDA error: out of memory', null],
  [
    'gpu_memory_exhausted',
    'torch.OutOfMemoryError: HIP out of memory. Tried to allocate 2.00 GiB',
    null,
  ],
  [
    'gpu_memory_exhausted',
    'tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating tensor with shape[8]',
    null,
  ],
  [
    'gpu_memory_exhausted',
    'ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory',
    null,
  ],
  ['python_module_missing', '/usr/bin/python3: No module named uvicorn', 'uvicorn'],
  ['python_syntax', 'SyntaxError: invalid syntax', null],
  ['python_syntax', "TypeError: unsupported operand type(s) for |: 'type' and 'NoneType'", null],
  [
    'python_syntax',
    "ImportError: cannot import name 'Self' from 'typing' (/usr/lib/python3.9/typing.py)",
    null,
  ],
  [
    'interpreter_missing',
    'ERROR .venv/bin/uvicorn cannot be started: its interpreter /old/.venv/bin/python, named in the first line of /x/.venv/bin/uvicorn, does not exist. Recreate it.',
    null,
  ],
  [
    'interpreter_missing',
    'start.sh: ./serve: /old/python: bad interpreter: No such file or directory',
    null,
  ],
  ['interpreter_missing', '/usr/bin/env: ‘python’: No such file or directory', null],
  [
    'program_not_found',
    'ERROR .venv/bin/python cannot be started: /x/.venv/bin/python does not exist. Create it.',
    'python',
  ],
  [
    'program_not_found',
    'ERROR conda cannot be started: "conda" is not on the PATH of Switchyard. Use its full path.',
    'conda',
  ],
  ['program_not_found', 'start.sh: line 3: conda: command not found', 'conda'],
  ['program_not_found', '/bin/sh: 1: uvicorn: not found', 'uvicorn'],
  [
    'program_not_found',
    "/usr/bin/python3: can't open file '/srv/x/backend.py': [Errno 2] No such file or directory",
    'backend.py',
  ],
  ['program_not_found', "Error: Cannot find module '/srv/x/backend.js'", 'backend.js'],
  [
    'program_not_executable',
    'ERROR ./serve cannot be started: /x/serve is not executable. Run `chmod +x` on it.',
    'serve',
  ],
  ['program_not_executable', 'start.sh: line 3: ./serve: Permission denied', 'serve'],
  ['program_unfit', 'OSError: [Errno 8] Exec format error: ./serve', null],
  ['program_unfit', './serve: cannot execute binary file: Exec format error', null],
  ['program_unfit', './serve: 1: ELF: not found', null],
  [
    'unsupported_cpu_instruction',
    "The TensorFlow library was compiled to use AVX instructions, but these aren't available on your machine.",
    'AVX',
  ],
]

describe('a line that gives the reason', () => {
  it.each(EXAMPLES)('is evidence of %s: %s', (code, message, subject) => {
    const cause = likelyCauseOf(evidenceOf({ lines: [lineOf('before', 6), lineOf(message, 7)] }))
    expect(cause).toMatchObject({ code, log_seqs: [7], evidence: ['Confirmed by a log line.'] })
    if (subject !== null) expect(cause?.cause).toContain(subject)
  })

  it('names no folder: it may bear the name of a person', () => {
    for (const [, message] of EXAMPLES) {
      const cause = likelyCauseOf(evidenceOf({ lines: [lineOf(message)] }))
      expect(cause?.cause).not.toMatch(/[\\/]/)
    }
  })

  it('is found in an error beside the message too', () => {
    const fields = { err: { type: 'Error', message: "Cannot find package 'x' imported" } }
    const cause = likelyCauseOf(evidenceOf({ lines: [lineOf('the start failed', 3, { fields })] }))
    expect(cause).toMatchObject({ code: 'node_module_missing', log_seqs: [3] })
  })

  it('stands for every row of the table', () => {
    const shown = new Set(EXAMPLES.map(([code]) => code))
    expect(LOG_CAUSE_ROWS.filter(({ code }) => !shown.has(code))).toEqual([])
  })

  it('and each cause of the protocol has a row', () => {
    const rows = new Set([...LOG_CAUSE_ROWS, ...EXIT_CAUSE_ROWS].map(({ code }) => code))
    expect([...rows].sort()).toEqual([...CRASH_CAUSES].sort())
  })
})

describe('of several lines', () => {
  const missing = "ModuleNotFoundError: No module named 'torch'"
  const taken = 'Error: listen EADDRINUSE: address already in use :::8768'

  it('the one nearest to the end is believed', () => {
    const forwards = [lineOf(missing, 1), lineOf(taken, 2)]
    expect(likelyCauseOf(evidenceOf({ lines: forwards }))?.code).toBe('port_taken')
    const backwards = [lineOf(taken, 1), lineOf(missing, 2)]
    expect(likelyCauseOf(evidenceOf({ lines: backwards }))?.code).toBe('python_module_missing')
  })

  it('all that say the same are named', () => {
    const lines = [lineOf(taken, 1), lineOf('else', 2), lineOf(taken, 5)]
    expect(likelyCauseOf(evidenceOf({ lines }))).toMatchObject({
      log_seqs: [1, 5],
      evidence: ['Confirmed by 2 log lines.'],
    })
  })

  it('what was lived through long before the end is not evidence', () => {
    const after = Array.from({ length: EVIDENCE_LINES_MAX }, (_, index) => lineOf('ok', index + 1))
    expect(likelyCauseOf(evidenceOf({ lines: [lineOf(missing), ...after] }))).toBeNull()
    const old = lineOf(missing, 0, { time: TIME - EVIDENCE_AGE_MS_MAX - 1 })
    expect(likelyCauseOf(evidenceOf({ lines: [old] }))).toBeNull()
  })

  it('a library that was missing explains no fault of native code: the program had gone on', () => {
    const lines = [lineOf('libcudnn.so.9: cannot open shared object file: No such file')]
    const exit = { code: null, signal: 'SIGSEGV', failure: null }
    expect(likelyCauseOf(evidenceOf({ lines, exit }))).toBeNull()
  })

  it('a provider that could not load is evidence only when the backend gave up on it', () => {
    const passedOver = lineOf(
      'Failed to load library /a/libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory',
      1,
    )
    const exit = { code: 3, signal: null, failure: null }
    expect(likelyCauseOf(evidenceOf({ lines: [passedOver, lineOf('?', 2)], exit }))).toBeNull()
    const gaveUp = lineOf(
      'a.onnx loads on no execution provider: CUDA (OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library); add cpu to the end of `providers`',
      2,
    )
    const cause = likelyCauseOf(evidenceOf({ lines: [passedOver, gaveUp], exit }))
    expect(cause).toMatchObject({ code: 'shared_library_missing', log_seqs: [1, 2] })
    expect(cause?.cause).toContain('libcudnn.so.9')
  })

  it('nothing explains an end with exit code 0', () => {
    const exit = { code: 0, signal: null, failure: null }
    expect(likelyCauseOf(evidenceOf({ lines: [lineOf(taken)], exit }))).toBeNull()
  })
})

describe('a cause that a log line names', () => {
  const missing = lineOf('ERROR the model file /m/cls.onnx is missing', 3)

  it('comes with the time and the level of that line', () => {
    expect(likelyCauseOf(evidenceOf({ lines: [missing] }))).toMatchObject({
      log_seqs: [3],
      log_lines: [{ seq: 3, time: TIME - 100, level: 'error' }],
    })
  })

  it.each([
    ['builtin', 'Run `npm run models`.'],
    ['onnx', 'Correct the path of the model in models.yaml, or put the file there.'],
    ['command', 'Correct the path of the model in models.yaml, or put the file there.'],
  ] as const)('has a remedy for a model of runtime %s', (runtime, remedy) => {
    expect(likelyCauseOf(evidenceOf({ lines: [missing], runtime }))?.remedy).toBe(remedy)
  })

  it('is found on every line of a traceback, also far down', () => {
    const frames = Array.from(
      { length: 200 },
      (_, index) => `  File "deep/module.py", line ${index}`,
    )
    const traceback = ['Traceback (most recent call last):', ...frames]
    const causes = ["ModuleNotFoundError: No module named 'torch'", 'MemoryError', 'SyntaxError: x']
    const codes = causes.map((last) => {
      const lines = [lineOf([...traceback, last].join('\n'))]
      return likelyCauseOf(evidenceOf({ lines }))?.code
    })
    expect(codes).toEqual(['python_module_missing', 'memory_exhausted', 'python_syntax'])
  })

  it('distinguishes a file of the program from a package that is not installed', () => {
    const remedyOf = (module: string) => {
      const lines = [lineOf(`Error: Cannot find module '${module}'`)]
      return likelyCauseOf(evidenceOf({ lines, owner: 'foreign' }))?.remedy
    }
    expect(remedyOf('./x.js')).toMatch(/a file of the program/)
    expect(remedyOf('express')).toMatch(/npm ci/)
  })
})

describe('an exit that gives the reason', () => {
  const signal = (name: string) => ({ code: null, signal: name, failure: null })
  const code = (number: number) => ({ code: number, signal: null, failure: null })
  const oomKill = quoted("The kernel's count oom_kill in /proc/vmstat rose from 3 to 4.")
  const startHint = message('port.wrong', { ports: '9000', port: 8768 })

  it.each([
    ['killed_for_memory', { exit: signal('SIGKILL'), oomKill }],
    ['killed_for_memory', { exit: code(137), owner: 'foreign', oomKill }],
    ['killed_from_outside', { exit: signal('SIGKILL') }],
    ['killed_from_outside', { exit: code(137), owner: 'foreign', oomReason: quoted('hidden') }],
    ['stopped_from_outside', { exit: signal('SIGTERM'), phase: 'loading' }],
    ['stopped_from_outside', { exit: code(143), owner: 'foreign' }],
    ['unsupported_cpu_instruction', { exit: signal('SIGILL') }],
    ['unsupported_cpu_instruction', { exit: code(0xc000_001d) }],
    ['shared_library_missing', { exit: code(0xc000_0135) }],
    ['shared_library_unfit', { exit: code(0xc000_007b) }],
    ['memory_exhausted', { exit: code(0xc000_0017) }],
    ['fault_while_loading', { exit: signal('SIGSEGV'), phase: 'loading' }],
    ['fault_while_loading', { exit: signal('SIGTRAP'), phase: 'starting' }],
    [
      'program_not_found',
      { exit: { code: null, signal: null, failure: quoted('spawn pyton ENOENT') } },
    ],
    ['program_not_found', { exit: code(127) }],
    ['wrong_port', { exit: code(1), startHint }],
    ['wrong_port', { exit: signal('SIGKILL'), killReason: startHint, startHint }],
    [
      'program_not_executable',
      { exit: { code: null, signal: null, failure: quoted('spawn a EACCES') } },
    ],
    ['program_not_executable', { exit: code(126) }],
  ] as const)('%s: %j', (cause, given) => {
    const found = likelyCauseOf(evidenceOf(given))
    expect(found).toMatchObject({ code: cause, log_seqs: [] })
    expect(found?.evidence).toHaveLength(1)
  })

  it.each([
    [
      'SIGKILL by the supervisor, though another process was ended for memory',
      { exit: signal('SIGKILL'), killReason: quoted('it stopped answering'), oomKill },
    ],
    ['SIGSEGV of a backend that was ready', { exit: signal('SIGSEGV') }],
    ['SIGTERM by the supervisor', { exit: signal('SIGTERM'), killReason: quoted('it hangs') }],
    ['exit code 1 without a word', { exit: code(1) }],
  ] as const)('null: %s', (_what, given) => {
    expect(likelyCauseOf(evidenceOf(given))).toBeNull()
  })

  it('a kill from outside gives the verdict of the kernel, and who usually does it', () => {
    const kill = { exit: signal('SIGKILL') }
    expect(likelyCauseOf(evidenceOf(kill))).toMatchObject({
      cause: 'Killed from outside (SIGKILL).',
      remedy: 'Usual senders: `kill -9`, a task manager, a container limit.',
      evidence: ["Not the kernel's out-of-memory killer: it counted no kill."],
    })
    const unknown = likelyCauseOf(
      evidenceOf({ ...kill, oomReason: quoted('win32 keeps no count') }),
    )
    expect(unknown?.evidence).toEqual([
      "Whether it was the kernel's out-of-memory killer is unknown: win32 keeps no count.",
    ])
  })

  it('a log line explains more than a fault while loading', () => {
    const lines = [lineOf("terminate called after throwing an instance of 'std::bad_alloc'")]
    const given = { exit: signal('SIGABRT'), phase: 'loading', lines }
    expect(likelyCauseOf(evidenceOf(given))?.code).toBe('memory_exhausted')
  })
})

describe('any text', () => {
  const words = fc.constantFrom(
    ...['memory', 'failed', 'CUDA', 'port', 'model', 'out of', 'allocate', 'not found', 'error'],
    ...['module', 'heap', 'device', 'lost', 'No such file', 'library', 'EACCES', ':', 'libx.so'],
  )
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
  )
  const hasPattern = (message: string) => LOG_CAUSE_ROWS.some((row) => row.text.test(message))

  it('without a pattern gives null', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (messages) => {
        fc.pre(!messages.some(hasPattern))
        const lines = messages.map((message, seq) => lineOf(message, seq))
        expect(likelyCauseOf(evidenceOf({ lines }))).toBeNull()
      }),
    )
  })

  it('around an example changes neither the cause nor the line that is named', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EXAMPLES),
        fc.array(text, { maxLength: 20 }),
        fc.array(text, { maxLength: 20 }),
        ([code, message], before, after) => {
          fc.pre(![...before, ...after].some(hasPattern))
          const all = [...before, message, ...after]
          const lines = all.map((each, seq) => lineOf(each, seq))
          expect(likelyCauseOf(evidenceOf({ lines }))).toMatchObject({
            code,
            log_seqs: [before.length],
          })
        },
      ),
    )
  })
})
