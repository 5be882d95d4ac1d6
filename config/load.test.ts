/** The file as people write it: good ones, and every fault with its line, key and remedy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
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
  it('is the one that Switchyard comes with', () => {
    expect(loadConfig(path.join(import.meta.dirname, 'models.yaml')).ok).toBe(true)
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
          remedy: /1024-65535/,
        },
      ],
      [
        'a port outside the range',
        'model_backends:\n  emotion:\n    port: 80\n',
        { line: 3, key: 'model_backends.emotion.port', message: /80.*1024/, remedy: /8769/ },
      ],
      [
        'a missing port',
        'model_backends:\n  emotion:\n    enabled: true\n',
        { line: 2, key: 'model_backends.emotion.port', message: /is missing/, remedy: /free port/ },
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
        { line: 4, key: 'model_backends.a.request_timeout', message: /-1/, remedy: /default 30/ },
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
        { line: 1, key: 'backends', message: /not a known key/, remedy: /model_backends/ },
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
        { line: 5, key: 'model_backends.a-2', message: /replica of "a"/, remedy: /another/ },
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
  it('a file that is not there', () => {
    const loaded = loadConfig('/nowhere/models.yaml')
    expect(loaded.ok ? '' : loaded.problems[0]?.message).toMatch(/cannot be read \(ENOENT\)/)
  })
  it('a folder in place of the file', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'config-'))
    writeFileSync(path.join(folder, 'x'), '')
    expect(loadConfig(folder).ok).toBe(false)
    rmSync(folder, { recursive: true })
  })
})

describe('faults across keys', () => {
  const problemsOf = (text: string) => {
    const loaded = parseConfig(text, 'models.yaml', [GATEWAY])
    return loaded.ok ? [] : loaded.problems.map(({ line, message }) => `${line} ${message}`)
  }

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
