/** What the wizard makes of what is typed: words of a command, addresses, what is missing, and the section. */
import { describe, expect, test } from 'vitest'
import { addressOf, missingOf, NEW_DRAFT, sectionOf, wordsOf, type Draft } from './draft.ts'

const draft = (differing: Partial<Draft>): Draft => ({ ...NEW_DRAFT, ...differing })

describe('a command', () => {
  test.each([
    ['python3 serve.py --port {port}', ['python3', 'serve.py', '--port', '{port}']],
    [`"C:\\My Tools\\python.exe" -m server`, ['C:\\My Tools\\python.exe', '-m', 'server']],
    [`run 'it is' a"b c"d`, ['run', 'it is', 'ab cd']],
    ['  ', []],
    ['echo "open', ['echo', 'open']],
  ])('%j has the words %j', (command, words) => {
    expect(wordsOf(command)).toEqual(words)
  })
})

describe('an address', () => {
  test.each([
    ['ws://lab-2:8773', { host: 'lab-2', port: 8773 }],
    ['192.168.1.5:9000', { host: '192.168.1.5', port: 9000 }],
    ['ws://[::1]:8773/', { host: '::1', port: 8773 }],
    ['ws://lab-2', null],
    ['http://lab-2:80', null],
    ['lab-2:99999', null],
    ['', null],
  ])('%j is %j', (text, address) => {
    expect(addressOf(text)).toEqual(address)
  })
})

describe('what is missing', () => {
  test.each([
    [{}, 'name'],
    [{ name: 'Smoke' }, 'name'],
    [{ name: 'smoke' }, 'model'],
    [{ name: 'smoke', model: 'a.onnx', port: '80' }, 'port'],
    [{ name: 'smoke', model: 'a.onnx', port: '8770' }, null],
    [{ source: 'command', name: 'smoke' }, 'command'],
    [{ source: 'builtin' }, 'template'],
    [{ source: 'builtin', template: 'eeg' }, null],
    [{ source: 'external', name: 'lab', address: 'lab' }, 'address'],
    [{ source: 'external', name: 'lab' }, null],
  ] as const)('of %j is %j', (differing, missing) => {
    expect(missingOf(draft(differing))).toBe(missing)
  })
})

describe('the section', () => {
  test('of a command has its words, and no folder where none is typed', () => {
    expect(
      sectionOf(draft({ source: 'command', command: 'python3 a.py', isEnabled: false })),
    ).toEqual({ runtime: 'command', host: 'localhost', port: 8770, command: ['python3', 'a.py'] })
  })
  test('of an external backend is its address: it is never switched on here', () => {
    expect(sectionOf(draft({ source: 'external', address: 'ws://lab-2:8773' }))).toEqual({
      runtime: 'external',
      host: 'lab-2',
      port: 8773,
    })
  })
  test('of an ONNX file says how its output is read', () => {
    expect(sectionOf(draft({ model: ' a.onnx ', output: 'detection' }))).toMatchObject({
      runtime: 'onnx',
      model: 'a.onnx',
      output: { type: 'detection' },
      enabled: true,
    })
  })
})
