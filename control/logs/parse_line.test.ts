/** The examples follow the documentation of each program. */
import { describe, expect, it } from 'vitest'
import type { LogLevel } from '../../protocol/control.ts'
import type { OutputStream } from '../launcher/launcher.ts'
import { ChildLineParser } from './parse_line.ts'

const parseChildLine = (line: string, source: string, stream: OutputStream) =>
  new ChildLineParser(source, stream).parse(line)

describe('a line of JSON', () => {
  it('of our programs is parsed with time, request id and fields', () => {
    const line = '{"level":40,"time":5,"name":"emotion","msg":"slow","request_id":"r","total_ms":9}'
    expect(parseChildLine(line, 'emotion', 'stdout')).toEqual({
      source: 'emotion',
      level: 'warn',
      time: 5,
      message: 'slow',
      request_id: 'r',
      fields: { total_ms: 9 },
    })
  })
  it.each([
    [
      'bunyan',
      '{"name":"app","hostname":"h","pid":7,"level":50,"msg":"bad","time":"2026-01-02T03:04:05.678Z","v":0}',
      {
        level: 'error',
        message: 'bad',
        time: 1767323045678,
        fields: { name: 'app', hostname: 'h', pid: 7, v: 0 },
      },
    ],
    [
      'pino-http',
      '{"level":30,"time":1767323045678,"req":{"id":12},"msg":"done"}',
      { level: 'info', request_id: '12' },
    ],
    [
      'zap',
      '{"level":"warn","ts":1767323045.678,"msg":"slow"}',
      { level: 'warn', time: 1767323045678 },
    ],
    [
      'zerolog',
      '{"level":"debug","time":1767323045,"message":"hi"}',
      { level: 'debug', time: 1767323045000, message: 'hi' },
    ],
    [
      'structlog',
      '{"event":"hi","level":"warning","timestamp":"2026-01-02T03:04:05Z"}',
      { level: 'warn', message: 'hi' },
    ],
    [
      'python-json-logger',
      '{"asctime":"x","levelname":"CRITICAL","message":"hi","requestId":"a-1"}',
      { level: 'error', request_id: 'a-1', fields: { asctime: 'x' } },
    ],
    ['Google Cloud', '{"severity":"NOTICE","message":"hi"}', { level: 'info', message: 'hi' }],
    [
      'slog',
      '{"time":"2026-01-02T03:04:05.678Z","level":"INFO","msg":"hi","n":1}',
      { level: 'info', fields: { n: 1 } },
    ],
    [
      'loguru',
      '{"text":"...","record":{"level":{"name":"SUCCESS","no":25},"message":"hi","time":{"timestamp":1767323045.678},"extra":{"request_id":"r9"}}}',
      { level: 'info', message: 'hi', time: 1767323045678, request_id: 'r9' },
    ],
  ])('of %s is understood', (_who, line, expected) => {
    expect(parseChildLine(line, 'x', 'stdout')).toMatchObject(expected)
  })
  it.each([
    ['{"not":"pino"}', 'info'],
    ['{broken', 'info'],
    ['{"level":3,"msg":"a score"}', 'info'],
    ['{"level":50,"msg":"cut… (line cut at 16384 characters)', 'error'],
    [`{"level":50,"msg":"deep","a":${'['.repeat(100)}${']'.repeat(100)}}`, 'error'],
    ['[1,2]', 'info'],
    ['{"level":"info"}', 'info'],
  ] as const)('that is not a log line is kept unchanged: %s', (line, level) => {
    expect(parseChildLine(line, 'x', 'stdout')).toEqual({ source: 'x', level, message: line })
  })
})

it('a line of JSON cannot change what objects inherit', () => {
  const { fields } = parseChildLine(
    '{"level":30,"msg":"x","__proto__":{"evil":1},"a":1}',
    'x',
    'stdout',
  )
  expect(fields).toEqual({ a: 1 })
  expect(fields?.['evil']).toBeUndefined()
})

describe('the level of a plain line', () => {
  it.each<[string, LogLevel]>([
    ['INFO:root:loaded', 'info'],
    ['WARNING:name:msg', 'warn'],
    ['CRITICAL:name:msg', 'error'],
    ['2024-01-02 03:04:05,678 - name - WARNING - low', 'warn'],
    ['2024-01-02 03:04:05,678 - name - INFO - no ERROR today', 'info'],
    ['INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK', 'info'],
    ['[2024-01-02 15:04:05 +0000] [123] [ERROR] Worker failed', 'error'],
    ['2024-01-02 15:04:05.123 | SUCCESS  | __main__:<module>:3 - done', 'info'],
    ['2024-01-02 15:04:05.123 | TRACE    | __main__:f:3 - x', 'debug'],
    ['I0102 15:04:05.123456 140000 file.py:12] loaded', 'info'],
    ['W0102 15:04:05.123456 140000 file.py:12] low', 'warn'],
    ['E0102 15:04:05.123456 140000 file.py:12] bad', 'error'],
    ['F0102 15:04:05.123456 140000 file.py:12] worse', 'error'],
    ['2024-01-02 15:04:05.123456: W tensorflow/core/f.cc:12] slow', 'warn'],
    ['2026-01-01 [E:onnxruntime:, sess.cc:1] bad', 'error'],
    ['2026-01-01 10:00:00.1 [W:onnxruntime:Default, x.cc:1 F] odd', 'warn'],
    ['INFO 01-02 15:04:05 [api_server.py:12] vLLM', 'info'],
    ['2024-01-02 15:04:05,123 WARN  [main] com.x.Y - slow', 'warn'],
    ['15:04:05.123 [main] ERROR com.x.Y - bad', 'error'],
    ['[2024-01-02T15:04:05,123][INFO ][o.e.n.Node] started', 'info'],
    ['[2024-01-02T15:04:05Z DEBUG app] x', 'debug'],
    ['time=2024-01-02T15:04:05Z level=WARN msg="slow"', 'warn'],
    ['level=error msg=bad', 'error'],
    ['error: cannot open file', 'error'],
    ['fail: Microsoft.Hosting[0]', 'error'],
    ['[info] started', 'info'],
    ['[2024-01-02 15:04:05.123] [warning] slow', 'warn'],
    ['npm ERR! code 1', 'error'],
    ['ERROR could not', 'error'],
    ['/a/b.py:12: UserWarning: old', 'warn'],
    ['(node:12) Warning: old', 'warn'],
    ['TypeError: x is not a function', 'error'],
    ['torch.cuda.OutOfMemoryError: CUDA out of memory', 'error'],
    ['java.lang.IllegalStateException: bad', 'error'],
    ["thread 'main' panicked at src/main.rs:1:1:", 'error'],
  ])('%s', (line, level) => {
    const other = level === 'info' ? 'stderr' : 'stdout'
    expect(parseChildLine(line, 'x', other)).toMatchObject({ level, message: line })
  })
  it.each([
    ['something', 'stdout', 'info'],
    ['something', 'stderr', 'warn'],
    ['Downloading:  50%|#####     | 1/2', 'stderr', 'info'],
    ['noise level: high, information kept, ERRORS_MAX=3', 'stdout', 'info'],
    [`${'x'.repeat(200)} ERROR far away`, 'stdout', 'info'],
  ] as const)('is that of the stream when none is stated: %s on %s', (line, stream, level) => {
    expect(parseChildLine(line, 'x', stream).level).toBe(level)
  })
})

describe('lines that belong together', () => {
  const levels = (lines: string[], stream: 'stdout' | 'stderr' = 'stderr') => {
    const parser = new ChildLineParser('x', stream)
    return lines.map((line) => parser.parse(line).level)
  }
  it('a traceback of Python is an error from its first line to its last', () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "a.py", line 3, in <module>',
      '    print("INFO: this is code")',
      'ValueError: bad',
      'During handling of the above exception, another exception occurred:',
      'Traceback (most recent call last):',
      '  File "a.py", line 5, in f',
      '    raise Problem',
      'package.Problem',
    ]
    expect(levels([...traceback, 'INFO:root:goes on', 'plain'])).toEqual([
      ...traceback.map(() => 'error'),
      'info',
      'warn',
    ])
  })
  it('also one of an exception group', () => {
    const group = [
      '  + Exception Group Traceback (most recent call last):',
      '  |   File "a.py", line 1, in <module>',
      '  | ExceptionGroup: two (2 sub-exceptions)',
      '  +-+---------------- 1 ----------------',
      '    | ValueError: 1',
      '    +------------------------------------',
    ]
    expect(levels([...group, 'INFO:root:x'])).toEqual([...group.map(() => 'error'), 'info'])
  })
  it('a traceback that is broken off by a logger ends there', () => {
    expect(
      levels([
        'Traceback (most recent call last):',
        '  File "a.py"',
        'INFO:root:x',
        '2024-01-02 03:04:05 - n - INFO - y',
      ]),
    ).toEqual(['error', 'error', 'info', 'info'])
  })
  it('the stack of a JavaScript error is an error', () => {
    expect(levels(['Error: bad', '    at f (a.js:1:2)', '    at g (a.js:2:2)', 'more'])).toEqual([
      'error',
      'error',
      'error',
      'warn',
    ])
  })
  it('an indented line has the level of the line before it', () => {
    expect(
      levels(['DEBUG:root:shapes', '  [1, 3]', '  INFO x', '{"level":50,"msg":"m"}', '\tmore']),
    ).toEqual(['debug', 'debug', 'info', 'error', 'error'])
  })
})

describe('a request id is picked up', () => {
  it.each([
    ['INFO:root:done request_id=7f3a-1, 20 ms', '7f3a-1'],
    ['request_id: abc.', 'abc'],
    ['X-Request-ID: abc/1', 'abc/1'],
    ["{'request_id': 'abc'}", 'abc'],
    ['reqId="abc" ok', 'abc'],
  ])('%s', (line, id) => {
    expect(parseChildLine(line, 'x', 'stdout').request_id).toBe(id)
  })
  it('and not where there is none', () => {
    expect(parseChildLine('the request_id is missing', 'x', 'stdout')).not.toHaveProperty(
      'request_id',
    )
  })
})
