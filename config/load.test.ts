/** The file as people write it: good ones, and every fault with its line, key and remedy. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { encodeText } from '../files/text_encoding.ts'
import { loadConfig, parseConfig } from './load.ts'

const GATEWAY = { host: '127.0.0.1', port: 8765, owner: 'the gateway' }

const problemsOf = (text: string) => {
  const parsed = parseConfig(text, 'models.yaml', [GATEWAY])
  return parsed.ok ? [] : parsed.problems
}

describe('a good file', () => {
  it("takes the platform's own section with its defaults", () => {
    const parsed = parseConfig('model_backends:\n  your_backend:\n    port: 8769\n', 'f')
    expect(parsed).toMatchObject({
      ok: true,
      config: {
        model_backends: {
          your_backend: {
            host: 'localhost',
            port: 8769,
            enabled: false,
            reconnect_interval: 5,
            max_reconnect_attempts: 10,
            request_timeout: 30,
          },
        },
      },
    })
  })
  it('is the one that Switchyard comes with', async () => {
    expect(await loadConfig(path.join(import.meta.dirname, 'models.yaml'))).toMatchObject({
      ok: true,
    })
  })
})

describe('a bad file is refused with line, key and remedy', () => {
  const cases: [string, string, { line: number; key: string; message: RegExp; remedy: RegExp }][] =
    [
      [
        'an unknown key',
        'model_backends:\n  emotion:\n    port: 8768\n    prot: 1\n',
        {
          line: 4,
          key: 'model_backends.emotion.prot',
          message: /not a known key/,
          remedy: /use one of: .*port/,
        },
      ],
      [
        'a wrong type',
        'model_backends:\n  emotion:\n    port: "8768"\n',
        {
          line: 3,
          key: 'model_backends.emotion.port',
          message: /must be .*not a string/,
          remedy: /write 8768/,
        },
      ],
      [
        'a port outside the range',
        'model_backends:\n  emotion:\n    port: 80\n',
        {
          line: 3,
          key: 'model_backends.emotion.port',
          message: /80.*1024/,
          remedy: /8769/,
        },
      ],
      [
        'a missing port',
        'model_backends:\n  emotion:\n    enabled: true\n',
        {
          line: 2,
          key: 'model_backends.emotion.port',
          message: /is missing/,
          remedy: /free port/,
        },
      ],
      [
        'a duplicate port',
        'model_backends:\n  a:\n    port: 8768\n  b:\n    port: 8768\n',
        {
          line: 5,
          key: 'model_backends.b.port',
          message: /8768 on localhost is already used by "a"/,
          remedy: /8766/,
        },
      ],
      [
        'a negative timeout',
        'model_backends:\n  a:\n    port: 8768\n    request_timeout: -1\n',
        {
          line: 4,
          key: 'model_backends.a.request_timeout',
          message: /-1/,
          remedy: /default 30/,
        },
      ],
      [
        'a name that is none',
        'model_backends:\n  "../x":\n    port: 8768\n',
        {
          line: 2,
          key: 'model_backends.../x',
          message: /not a valid backend name/,
          remedy: /lower-case/,
        },
      ],
      [
        'a foreign key at the top',
        'backends: {}\n',
        {
          line: 1,
          key: 'backends',
          message: /not a known key/,
          remedy: /model_backends/,
        },
      ],
      [
        'a name of a part of Switchyard',
        'model_backends:\n  gateway:\n    port: 8768\n',
        {
          line: 2,
          key: 'model_backends.gateway',
          message: /part of Switchyard/,
          remedy: /another/,
        },
      ],
      [
        'the name of a replica of another section',
        'model_backends:\n  a:\n    port: 8768\n    replicas: 2\n  a-2:\n    port: 8790\n',
        {
          line: 5,
          key: 'model_backends.a-2',
          message: /replica of "a"/,
          remedy: /another/,
        },
      ],
      [
        'a host that is a URL',
        'model_backends:\n  a:\n    host: http://127.0.0.1\n    port: 8768\n',
        {
          line: 3,
          key: 'model_backends.a.host',
          message: /"http:\/\/127.0.0.1": is a URL/,
          remedy: /write only the host: 127.0.0.1/,
        },
      ],
      [
        'a bad one of several hosts',
        'model_backends:\n  a:\n    runtime: external\n    hosts:\n      - gpu:8768\n      - 1.2.3.4.5:8000\n',
        {
          line: 6,
          key: 'model_backends.a.hosts.1',
          message: /"1.2.3.4.5:8000": is not an IPv4 address/,
          remedy: /192.168.1.20/,
        },
      ],
    ]
  it.each(cases)('%s', (_title, text, expected) => {
    const problem = problemsOf(text).find(({ key }) => key === expected.key)
    expect(problem).toMatchObject({
      file: 'models.yaml',
      line: expected.line,
      message: expect.stringMatching(expected.message) as string,
      remedy: expect.stringMatching(expected.remedy) as string,
    })
  })
  it.each([
    ['a broken quote', 'model_backends:\n  a:\n    host: "x\n    port: 1\n'],
    ['a tab as indentation', 'model_backends:\n\ta:\n'],
    ['the same key twice', 'model_backends:\n  a:\n    port: 8768\n    port: 8769\n'],
  ])('YAML syntax: %s', (_title, text) => {
    const [problem] = problemsOf(text)
    expect(problem?.message).toMatch(/YAML syntax/)
    expect(problem?.line).toBeGreaterThan(1)
  })
  it('an empty file', () => {
    expect(problemsOf('')).toHaveLength(1)
  })
  it('the port of the gateway', () => {
    const text = 'model_backends:\n  a:\n    port: 8765\n'
    expect(problemsOf(text)[0]?.message).toMatch(/the gateway/)
  })
  it('a file that is not there', async () => {
    const loaded = await loadConfig('/nowhere/models.yaml')
    expect(loaded.ok ? '' : loaded.problems[0]?.message).toMatch(/cannot be read \(ENOENT\)/)
  })
  it('brackets that exhaust the stack of the parser', () => {
    expect(problemsOf(`model_backends: ${'['.repeat(200_000)}`)[0]?.message).toMatch(/YAML/)
  })

  it.each([
    ['__proto__: { port: 8768 }', /"__proto__"/],
    ['a: { port: 8768, env: { __proto__: x } }', /"__proto__"/],
    ['a: { port: 8768, options: { "__proto__": 1 } }', /"__proto__"/],
  ])('a key that no object can have: %s', (section, message) => {
    expect(problemsOf(`model_backends:\n  ${section}\n`)).toMatchObject([
      { line: 2, message: expect.stringMatching(message) as string },
    ])
  })

  it.each([
    ['model: "models\\new.onnx"', /control character/, /single quotes/],
    ['model: "D:\\new\\x.onnx"', /./, /'D:\\new/],
    ['cwd: "a\\0b"', /NUL/, /remove/],
    ['env: { A: "a\\0b" }', /NUL/, /remove/],
    ['env: { A: null }', /null/, /write a text/],
    ['env: { "": x }', /not a valid name/, /./],
    ['preprocess: { std: [1, 0, 1] }', /must not be 0|none of the allowed/, /./],
    ['model: ${NO_SUCH_VARIABLE_1}/m.onnx', /NO_SUCH_VARIABLE_1, which is not set/, /set it/],
    ['model: $NO_SUCH_VARIABLE_1/m.onnx', /NO_SUCH_VARIABLE_1, which is not set/, /set it/],
    ['command: [a, "${NO_SUCH_VARIABLE_1}"]', /NO_SUCH_VARIABLE_1, which is not set/, /set it/],
  ])('a value that cannot be used: %s', (line, message, remedy) => {
    const problems = problemsOf(`model_backends:\n  a:\n    port: 8768\n    ${line}\n`)
    expect(problems[0]).toMatchObject({
      line: 4,
      message: expect.stringMatching(message) as string,
      remedy: expect.stringMatching(remedy) as string,
    })
  })
})

describe('what is not a file of text is refused, and never waited for', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'config-'))
  const file = path.join(folder, 'models.yaml')
  afterEach(() => {
    rmSync(file, { recursive: true, force: true })
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })
  const refusal = async () => {
    const loaded = await loadConfig(file)
    return loaded.ok ? null : loaded.problems[0]
  }

  it('a folder', async () => {
    mkdirSync(file)
    expect(await refusal()).toMatchObject({
      line: null,
      message: expect.stringMatching(/a folder/) as string,
      remedy: /put a file/,
    })
  })
  it.skipIf(process.platform === 'win32')('a pipe', async () => {
    execFileSync('mkfifo', [file])
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/a pipe/) as string,
      remedy: /put a file/,
    })
  })
  it.skipIf(process.platform === 'win32')('a device without an end', async () => {
    symlinkSync('/dev/zero', file)
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/a device/) as string,
      remedy: /put a file/,
    })
  })
  it.skipIf(process.platform === 'win32')('a socket', async () => {
    const server = createServer().listen(file)
    await once(server, 'listening')
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/not a regular file/) as string,
    })
    await new Promise((resolve) => server.close(resolve))
  })
  it('a file of 60 MB', async () => {
    writeFileSync(file, Buffer.alloc(60_000_000, '# comment\n'))
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/larger than 1 MiB/) as string,
      remedy: /lists/,
    })
  })
  it('a file of another encoding', async () => {
    writeFileSync(file, Buffer.from('model_backends:\n  # Gr\u00fc\u00dfe\n', 'latin1'))
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/line 2 is not valid UTF-8/) as string,
      remedy: /UTF-8/,
    })
  })
})

describe('YAML that other tools write', () => {
  const sectionOf = (text: string) => {
    const loaded = parseConfig(text, 'models.yaml')
    return loaded.ok ? loaded.config.model_backends.a : loaded.problems
  }

  it('merge keys fill in what a section does not say, and x- keys are ignored', () => {
    const text =
      'x-base: &base { host: 127.0.0.1, request_timeout: 12 }\nmodel_backends:\n  x-more: &more { threads: 2 }\n  a:\n    <<: [*base, *more]\n    request_timeout: 5\n    x-note: { owner: me }\n    port: 8768\n'
    expect(sectionOf(text)).toMatchObject({ host: '127.0.0.1', request_timeout: 5, threads: 2 })
  })

  it('environment values and arguments keep their spelling', () => {
    const text =
      'x-one: &one 1e3\nmodel_backends:\n  a: { port: 8768, runtime: command, command: [run, 0x10, 010, 1.50, true], env: { A: 1e3, B: yes, C: *one, D: 010 } }\n'
    expect(sectionOf(text)).toMatchObject({
      command: ['run', '0x10', '010', '1.50', 'true'],
      env: { A: '1e3', B: 'yes', C: '1e3', D: '010' },
    })
  })

  it.each(['utf-16le', 'utf-16be', 'utf-8'] as const)(
    '%s is read with its mark',
    async (encoding) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'config-'))
      const file = path.join(folder, 'models.yaml')
      writeFileSync(file, encodeText('\ufeffmodel_backends:\r\n  a: { port: 8768 }\r\n', encoding))
      expect(await loadConfig(file)).toMatchObject({ ok: true })
      rmSync(folder, { recursive: true })
    },
  )
})

describe('faults across keys', () => {
  const problemsOf = (text: string) => {
    const loaded = parseConfig(text, 'models.yaml', [GATEWAY])
    return loaded.ok ? [] : loaded.problems.map(({ line, message }) => `${line} ${message}`)
  }

  it('a port above the range is one problem, not one of replicas too', () => {
    expect(problemsOf('model_backends:\n  a:\n    port: 87690\n')).toEqual([
      expect.stringMatching(/^3 is 87690/),
    ])
  })
  it('a replica takes no port of another backend', () => {
    const text = 'model_backends:\n  a:\n    port: 8767\n  b:\n    port: 8766\n    replicas: 2\n'
    expect(problemsOf(text)).toEqual([
      '5 port 8767 on localhost is already used by "a"; replica 2 needs it',
    ])
  })

  it('several hosts are elsewhere and take none', () => {
    const text =
      'model_backends:\n  a:\n    port: 8767\n  b:\n    port: 8767\n    runtime: external\n    hosts: [gpu:8767]\n'
    expect(problemsOf(text)).toEqual([])
  })

  it('an alias without an anchor is a problem like any other', () => {
    expect(problemsOf('model_backends:\n  a:\n    port: *none\n')).toEqual([
      expect.stringMatching(/YAML: .*none/),
    ])
  })
})
