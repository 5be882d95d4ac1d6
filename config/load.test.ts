/** The file as people write it: good ones, and every fault with its line, key and remedy. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig, parseConfig } from './load.ts'

const problemsOf = (text: string, reserved = {}) => {
  const parsed = parseConfig(text, 'models.yaml', reserved)
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
          message: /8768 is already that of "a"/,
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
        { line: 2, key: 'model_backends.../x', message: /no name/, remedy: /lower-case/ },
      ],
      [
        'a foreign key at the top',
        'backends: {}\n',
        { line: 1, key: 'backends', message: /not a known key/, remedy: /model_backends/ },
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
    expect(problemsOf(text, { 8765: 'the gateway' })[0]?.message).toMatch(/the gateway/)
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
    const loaded = parseConfig(text, 'models.yaml', { 8765: 'the gateway' })
    return loaded.ok ? [] : loaded.problems.map(({ line, message }) => `${line} ${message}`)
  }

  it('a replica takes no port of another backend', () => {
    const text = 'model_backends:\n  a:\n    port: 8767\n  b:\n    port: 8766\n    replicas: 2\n'
    expect(problemsOf(text)).toEqual([
      '5 port 8767 is already that of "a", replica 2 would take it',
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
