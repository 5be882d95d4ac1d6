import { describe, expect, test } from 'vitest'
import { aBackend } from '../testing/views.ts'
import { kindOfBackend, kindOfFile, type InputKind } from './input_kind.ts'

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

describe('a file', () => {
  const cases: [string, string, string, string, InputKind][] = [
    ['a JPEG', 'face.jpg', 'image/jpeg', '\xff\xd8\xff\xe0', 'image'],
    ['a JPEG with the name of a text', 'face.txt', 'text/plain', '\xff\xd8\xff\xe0', 'image'],
    ['a PNG without a name', '', '', '\x89PNG\r\n', 'image'],
    ['a WebP without a name', '', '', 'RIFF1234WEBP', 'image'],
    ['a broken picture', 'face.jpg', 'image/jpeg', 'just words', 'image'],
    ['a CSV by its name', 'rest.csv', 'text/csv', 'Fp1,Fp2\n1,2\n', 'eeg'],
    ['a text by its name', 'REST.TXT', 'text/plain', '%OpenBCI\n1, 2\n', 'eeg'],
    ['an EDF by its name', 'rest.edf', '', '', 'eeg'],
    ['an EDF by its content', 'rest.rec', '', `0${' '.repeat(7)}X X X X`, 'eeg'],
    ['numbers below names, by content', 'rest.dat', '', 'Fp1;Fp2\n1,5;-2\n3;4\n5', 'eeg'],
    ['bare numbers, by content', 'rest', '', '1.5e1\t2\n3\t4\n', 'eeg'],
    ['words', 'letter', '', 'Dear all,\nnothing to see\nhere\n', 'image'],
    ['a picture written as text', 'drawing.svg', 'image/svg+xml', '<svg>\n1\n2\n', 'image'],
    ['nothing at all', '', '', '', 'image'],
  ]
  test.each(cases)('%s', (_, name, type, head, kind) => {
    expect(kindOfFile(name, type, bytes(head))).toBe(kind)
  })
})

describe('a backend takes', () => {
  const model = { name: 'net', sha256: '', bytes: 1, licence: 'MIT', origin: 'made here' }
  const cases: [string, Parameters<typeof kindOfBackend>[0], InputKind][] = [
    ['EEG files when it is called eeg', aBackend({ name: 'eeg' }), 'eeg'],
    ['EEG files when its name holds eeg', aBackend({ name: 'my_EEG_2' }), 'eeg'],
    [
      'EEG files when a model says so',
      aBackend({ name: 'brain', models: [{ ...model, origin: 'trained on EEG Eye State' }] }),
      'eeg',
    ],
    ['pictures else', aBackend({ name: 'fatigue', models: [model] }), 'image'],
  ]
  test.each(cases)('%s', (_, backend, kind) => {
    expect(kindOfBackend(backend)).toBe(kind)
  })
})
