import { describe, expect, test } from 'vitest'
import {
  addressOf,
  faultsOf,
  freePortFor,
  isTouched,
  NEW_DRAFT,
  sectionOf,
  splitCommand,
  type Draft,
  type Fault,
  type Field,
} from './draft.ts'

const draft = (differing: Partial<Draft>): Draft => ({ ...NEW_DRAFT, ...differing })

describe('a command', () => {
  test.each([
    ['python3 serve.py --port {port}', ['python3', 'serve.py', '--port', '{port}']],
    [`"C:\\My Tools\\python.exe" -m server`, ['C:\\My Tools\\python.exe', '-m', 'server']],
    [`run 'it is' a"b c"d`, ['run', 'it is', 'ab cd']],
    ['  ', []],
    ['echo "open', ['echo', 'open']],
  ])('%j has the words %j', (command, words) => {
    expect(splitCommand(command)).toEqual(words)
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

describe('what is missing or wrong', () => {
  const emotion = { name: 'emotion', host: 'localhost', port: 8768 }
  const cases: [string, Partial<Draft>, Partial<Record<Field, Fault>>][] = [
    ['in an empty ONNX draft', {}, { model: 'missing', name: 'missing' }],
    [
      'in a command without words',
      { source: 'command', name: 'smoke', command: ' ' },
      { command: 'missing' },
    ],
    ['in a template that is not chosen', { source: 'builtin' }, { template: 'missing' }],
    ['in a chosen template', { source: 'builtin', template: 'eeg' }, {}],
    ['in a capital', { source: 'external', name: 'Lab' }, { name: 'name_letters' }],
    [
      'in a long name',
      { source: 'external', name: 'production_cabin_monitoring_v2_left_b2_rear' },
      { name: 'name_length' },
    ],
    ['in a name that exists', { source: 'external', name: 'emotion' }, { name: 'name_used' }],
    [
      'in an address without a port',
      { source: 'external', name: 'lab', address: 'lab' },
      { address: 'address_form' },
    ],
    [
      'in the address of another backend, by another name of this computer',
      { source: 'external', name: 'lab', address: 'ws://127.0.0.1:8768' },
      { address: 'address_used' },
    ],
    [
      'in the same port on another computer',
      { source: 'external', name: 'lab', address: 'ws://lab-2:8768' },
      {},
    ],
    [
      'in a port below the range',
      { source: 'builtin', template: 'eeg', port: '80' },
      { port: 'port_range' },
    ],
    [
      'in the port of another backend',
      { source: 'builtin', template: 'eeg', port: '8768' },
      { port: 'port_used' },
    ],
  ]
  test.each(cases)('%s', (_, differing, faults) => {
    expect(faultsOf(draft(differing), [emotion])).toEqual(faults)
  })
  test('the port that is suggested belongs to no backend', () => {
    expect(freePortFor([{ port: 8770 }, { port: 8771 }])).toBe(8772)
    expect(freePortFor([emotion], 8768)).toBe(8769)
  })
})

describe('the section', () => {
  test('of a command has its words, and no folder where none is typed', () => {
    expect(
      sectionOf(draft({ source: 'command', command: 'python3 a.py', isEnabled: false })),
    ).toEqual({
      runtime: 'command',
      host: 'localhost',
      port: 8770,
      command: ['python3', 'a.py'],
    })
  })
  test('of an address is watched from the start, whatever became of its trial', () => {
    const external = draft({ source: 'external', address: 'ws://lab-2:8773', isEnabled: false })
    expect(sectionOf(external)).toEqual({
      runtime: 'external',
      host: 'lab-2',
      port: 8773,
      enabled: true,
    })
  })
  test('of a template is its port alone', () => {
    expect(sectionOf(draft({ source: 'builtin', template: 'eeg' }))).toEqual({
      host: 'localhost',
      port: 8770,
      enabled: true,
    })
  })
})

describe('a draft', () => {
  test('that only chose another source, or got another port, is not worth a question', () => {
    expect(isTouched(draft({}))).toBe(false)
    expect(isTouched(draft({ source: 'external', port: '8771' }))).toBe(false)
  })
  test.each([
    { name: 'smoke' },
    { source: 'command', command: 'python3' },
    { source: 'external', address: 'ws://lab-2:8773' },
    { onnx: { ...NEW_DRAFT.onnx, model: 'a.onnx' } },
  ] as const)('with %j is', (differing) => {
    expect(isTouched(draft(differing))).toBe(true)
  })
})
