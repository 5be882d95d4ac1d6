import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { encodeText } from '../files/text_encoding.ts'
import { problemText } from '../protocol/config_problem.ts'
import { offeringFreePorts } from './free_port.ts'
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
          message: /^Unknown key prot\.$/,
          remedy: /^Did you mean port\?$/,
        },
      ],
      [
        'a wrong type',
        'model_backends:\n  emotion:\n    port: "8768"\n',
        {
          line: 3,
          key: 'model_backends.emotion.port',
          message: /must be .*not a string/,
          remedy: /^Write 8768/,
        },
      ],
      [
        'a port outside the range',
        'model_backends:\n  emotion:\n    port: 80\n',
        {
          line: 3,
          key: 'model_backends.emotion.port',
          message: /^port must be within 1024-65535, not 80\.$/,
          remedy: /^Use 8766\.$/,
        },
      ],
      [
        'a missing port',
        'model_backends:\n  emotion:\n    enabled: true\n',
        {
          line: 2,
          key: 'model_backends.emotion.port',
          message: /^port is missing; must be an integer\.$/,
          remedy: /^Use 8766\.$/,
        },
      ],
      [
        'a duplicate port',
        'model_backends:\n  a:\n    port: 8768\n  b:\n    port: 8768\n',
        {
          line: 5,
          key: 'model_backends.b.port',
          message: /^Port 8768 belongs to a\.$/,
          remedy: /^Use 8769\.$/,
        },
      ],
      [
        'a negative timeout',
        'model_backends:\n  a:\n    port: 8768\n    request_timeout: -1\n',
        {
          line: 4,
          key: 'model_backends.a.request_timeout',
          message: /^request_timeout is -1; must be at least 0\.1\.$/,
          remedy: /^$/,
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
          message: /^Unknown key backends\.$/,
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
          remedy: /^Write only the host: 127.0.0.1/,
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
    ['cwd: "a\\0b"', /NUL/, /^Remove/],
    ['env: { A: "a\\0b" }', /NUL/, /^Remove/],
    ['env: { A: null }', /null/, /^Write a text/],
    ['env: { "": x }', /not a valid name/, /./],
    ['preprocess: { std: 0 }', /^preprocess\.std must not be 0/, /^Every value is divided by it/],
    ['preprocess: { std: [1, 0, 1] }', /^preprocess\.std\[1\] must not be 0/, /divided by it/],
    ['preprocess: { divide_by: 0 }', /^preprocess\.divide_by must be above 0, not 0/, /^/],
    ['model: ${NO_SUCH_VARIABLE_1}/m.onnx', /NO_SUCH_VARIABLE_1, which is not set/, /^Set it/],
    ['model: $NO_SUCH_VARIABLE_1/m.onnx', /NO_SUCH_VARIABLE_1, which is not set/, /^Set it/],
    ['command: [a, "${NO_SUCH_VARIABLE_1}"]', /NO_SUCH_VARIABLE_1, which is not set/, /^Set it/],
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
      remedy: /^Put a file/,
    })
  })
  it.skipIf(process.platform === 'win32')('a pipe', async () => {
    execFileSync('mkfifo', [file])
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/a pipe/) as string,
      remedy: /^Put a file/,
    })
  })
  it.skipIf(process.platform === 'win32')('a device without an end', async () => {
    symlinkSync('/dev/zero', file)
    expect(await refusal()).toMatchObject({
      message: expect.stringMatching(/a device/) as string,
      remedy: /^Put a file/,
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

describe('the message of a refusal', () => {
  const sentencesOf = (text: string, file = 'models.yaml') => {
    const loaded = parseConfig(text, file, [GATEWAY])
    return loaded.ok ? [] : loaded.problems.map(problemText)
  }

  it.each([
    ['enabled: maybe', ['a: enabled must be true or false, not "maybe".']],
    ['enabled: 1', ['a: enabled must be true or false, not 1.']],
    ['enabled: on', ['a: enabled must be true or false, not "on". Write true.']],
    ['request_timout: 5', ['a: Unknown key request_timout. Did you mean request_timeout?']],
    ['Enabled: true', ['a: Unknown key Enabled. Did you mean enabled?']],
    ['max_bacth_size: 5', ['a: Unknown key max_bacth_size. Did you mean max_batch_size?']],
    [
      'colour_scheme: 5',
      [
        'a: Unknown key colour_scheme. Remove it. docs/configuration.md lists the keys of a section.',
      ],
    ],
    ['preprocess: { sise: [1, 1] }', ['a: Unknown key sise. Did you mean size?']],
    ['sessions: 99', ['a: sessions is 99; must be at most 64.']],
  ])('%s', (line, sentences) => {
    const text = `model_backends:\n  a:\n    port: 8768\n    ${line}\n`
    expect(sentencesOf(text)).toEqual(sentences.map((one) => `models.yaml:4: ${one}`))
  })

  it.each([
    ['modell_backends: {}\n', 'Unknown key modell_backends. Did you mean model_backends?'],
    [
      'model_backends:\n',
      'The file has no backends yet (model_backends is empty). List the backends under model_backends.',
    ],
    [
      '',
      'The file has no backends yet (model_backends is empty). List the backends under model_backends.',
    ],
    [
      'model_backends: [a]\n',
      'model_backends must be an object, not an array of 1. List the backends under model_backends.',
    ],
  ])('of a file with %j', (text, sentence) => {
    expect(sentencesOf(text)).toContain(`models.yaml:1: ${sentence}`)
  })

  it.each([
    [
      'wrong indentation',
      'model_backends:\n  a:\n    port: 8768\n   enabled: true\n     host: x\n  b:\n   - 1\n  c: }\n',
    ],
    [
      'an open quote',
      'model_backends:\n  a:\n    host: "x\n    port: 8768\n  b:\n    port: 8769\n',
    ],
    ['two keys twice', 'model_backends:\n  a: { port: 8768, port: 8769, host: a, host: b }\n'],
  ])('names one place of a broken syntax, once: %s', (_title, text) => {
    const sentences = sentencesOf(text)
    expect(sentences).toHaveLength(1)
    expect(sentences[0]).toMatch(/^models\.yaml:\d+: YAML syntax: [^:]+[a-z"]\. [A-Z]/)
    expect(sentences[0]).not.toMatch(/at line|column \d/)
  })

  it.each([
    [
      'A'.repeat(46),
      `The name "${'A'.repeat(46)}" has 46 characters; at most 40. Choose a shorter one.`,
    ],
    ['My Model', /^"My Model" is not a valid backend name\. .*For example: my-model\.$/],
    ['1st', /For example: st\.$/],
    ['模型', /beginning with a letter\.$/],
  ])('of the name %s', (name, sentence) => {
    const loaded = parseConfig(`model_backends:\n  "${name}": { port: 8768 }\n`, 'f')
    const [problem] = loaded.ok ? [] : loaded.problems
    expect(`${problem?.message} ${problem?.remedy}`).toMatch(sentence)
  })
})

describe('the port that a refusal offers', () => {
  const SECTIONS = 'model_backends:\n  fatigue: { port: 42767 }\n  emotion: { port: 42768 }\n'
  const offered = async (section: string, busy: number[] = []) => {
    const text = `${SECTIONS}  eeg: ${section}\n`
    const loaded = await offeringFreePorts(
      (avoided) => parseConfig(text, 'f', [{ ...GATEWAY, port: 42770 }], avoided),
      (outcome) => (outcome.ok ? [] : outcome.problems),
      (port) => Promise.resolve(!busy.includes(port)),
    )
    return loaded.ok ? [] : loaded.problems.map(({ remedy, free_port }) => [remedy, free_port])
  }

  it('is the next one after it that is free in the file', async () => {
    expect(await offered('{ port: 42767 }')).toEqual([['Use 42769.', 42769]])
  })
  it('is one that no program of this machine listens on', async () => {
    expect(await offered('{ port: 42767 }', [42769, 42771])).toEqual([['Use 42772.', 42772]])
  })
  it('is near the others when the value itself is out of range', async () => {
    expect(await offered('{ port: 99999 }', [42769])).toEqual([['Use 42771.', 42771]])
    expect(await offered('{ replicas: 2 }')).toEqual([['Use 42769.', 42769]])
  })
  it('is another one for each section', async () => {
    const sections = '{ port: 42767 }\n  face: { port: 42767 }'
    expect(await offered(sections)).toEqual([
      ['Use 42769.', 42769],
      ['Use 42771.', 42771],
    ])
  })
})

describe('faults across keys', () => {
  const problemsOf = (text: string) => {
    const loaded = parseConfig(text, 'models.yaml', [GATEWAY])
    return loaded.ok ? [] : loaded.problems.map(({ line, message }) => `${line} ${message}`)
  }

  it('a port above the range is one problem, not one of replicas too', () => {
    expect(problemsOf('model_backends:\n  a:\n    port: 87690\n')).toEqual([
      '3 port must be within 1024-65535, not 87690.',
    ])
  })
  it('a replica takes no port of another backend', () => {
    const text = 'model_backends:\n  a:\n    port: 8767\n  b:\n    port: 8766\n    replicas: 2\n'
    expect(problemsOf(text)).toEqual(['5 Port 8767 belongs to a, and replica 2 needs it.'])
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
