import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { BUILTIN_BACKENDS } from './builtin_backends.ts'
import type { Descriptor } from './descriptor.ts'
import { fileKeyOf, HEAD_BYTES, kindOfFile, takesFile, type FileKind } from './file_kind.ts'

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

describe('a file', () => {
  const cases: [string, string, string, string, FileKind | null][] = [
    ['a JPEG', 'face.jpg', 'image/jpeg', '\xff\xd8\xff\xe0', 'image'],
    ['a JPEG with the name of a text', 'face.txt', 'text/plain', '\xff\xd8\xff\xe0', 'image'],
    ['a PNG without a name', '', '', '\x89PNG\r\n', 'image'],
    ['a WebP without a name', '', '', 'RIFF1234WEBP', 'image'],
    ['a BigTIFF without a name', '', '', 'II+\0', 'image'],
    ['a HEIC without a name', '', '', '\0\0\0 ftypheix', 'image'],
    ['a PPM by its name', 'one.ppm', '', 'P3\n1 1\n255\n1 2 3\n', 'image'],
    ['a NumPy array by its name', 'one.npy', '', '', 'image'],
    ['electrodes named like a PPM', 'rest', '', 'P3\tP4\n1\t2\n3\t4\n', 'eeg'],
    ['a broken picture', 'face.jpg', 'image/jpeg', 'just words', 'image'],
    ['a CSV by its name', 'rest.csv', 'text/csv', 'Fp1,Fp2\n1,2\n', 'eeg'],
    ['a text by its name', 'REST.TXT', 'text/plain', '%OpenBCI\n1, 2\n', 'eeg'],
    ['an EDF by its name', 'rest.edf', '', '', 'eeg'],
    ['an EDF by its content', 'rest.rec', '', `0${' '.repeat(7)}X X X X`, 'eeg'],
    ['an EDF filled up with zero bytes', 'rest.rec', '', `0${'\0'.repeat(7)}X X X X`, 'eeg'],
    ['a BDF by its content', 'rest.rec', '', '\xffBIOSEMIX X X X', 'eeg'],
    ['a recording that the backend refuses by name', 'rest.vhdr', '', 'Brain Vision Data', 'eeg'],
    ['numbers below names, by content', 'rest.dat', '', 'Fp1;Fp2\n1,5;-2\n3;4\n5', 'eeg'],
    ['bare numbers, by content', 'rest', '', '1.5e1\t2\n3\t4\n', 'eeg'],
    ['a UTF-16 table', 'rest.csv', 'text/csv', '\xff\xfea\0,\0b\0\n\x001\0,\x002\0\n\0', 'eeg'],
    ['a table with times', 'rest.csv', '', 'time,Fp1\n10:00:00.000,4.5\n', 'eeg'],
    ['numbers far below notes', 'rest.txt', '', `${'%note\n'.repeat(400)}1, 2, 3\n`, 'eeg'],
    ['words', 'letter', '', 'Dear all,\nnothing to see\nhere\n', null],
    ['words with the name of a table', 'notes.txt', 'text/plain', 'In 2020 we had\nfive.\n', null],
    ['a table of words', 'people.csv', 'text/csv', 'name,city\nAda,London\n', null],
    ['settings', 'package.json', 'application/json', '{\n  "version": 1\n}\n', null],
    ['a PDF', 'paper.pdf', 'application/pdf', '%PDF-1.7\n%\xe2\xe3\n', null],
    ['a model', 'net.onnx', '', '\x08\x08\x12\x07pytorch', null],
    ['an archive', 'data.zip', 'application/zip', 'PK\x03\x04', null],
    ['a picture written as text', 'drawing.svg', 'image/svg+xml', '<svg>\n1\n2\n', 'image'],
    ['nothing at all', '', '', '', null],
    ['an empty table', 'rest.csv', 'text/csv', '', null],
  ]
  test.each(cases)('%s', (_, name, type, head, kind) => {
    expect(kindOfFile(name, type, bytes(head))).toBe(kind)
  })
})

describe('a backend', () => {
  const named = { accepts: [{ kind: 'image', name: 'photo' }], returns: [] } satisfies Descriptor
  const lists = {
    accepts: [{ kind: 'image', name: 'images', multiple: true }],
    returns: [],
  } satisfies Descriptor
  const cases: [string, Descriptor | null, boolean, boolean][] = [
    ['takes recordings when its descriptor lists them', BUILTIN_BACKENDS.eeg, false, true],
    ['takes pictures when its descriptor lists them', BUILTIN_BACKENDS.fatigue, true, false],
    ['takes pictures when it has no descriptor', null, true, false],
    ['takes no single file when it wants lists', lists, false, false],
  ]
  test.each(cases)('%s', (_, descriptor, image, eeg) => {
    expect(takesFile(descriptor, 'image')).toBe(image)
    expect(takesFile(descriptor, 'eeg')).toBe(eeg)
  })

  test('gets a file under the key of its descriptor, or the usual one', () => {
    expect(fileKeyOf(named, 'image')).toBe('photo')
    expect(fileKeyOf(null, 'image')).toBe('image')
    expect(fileKeyOf(named, 'eeg')).toBe('eeg_signal')
  })
})

const CASES = process.env['SWITCHYARD_CASES'] ?? ''
const folder = path.join(CASES, 'eeg')
const hasCases = CASES !== '' && existsSync(folder)
if (!hasCases) console.log('skipped: SWITCHYARD_CASES names no folder with recordings')

describe.skipIf(!hasCases)('a given recording is an EEG file', () => {
  test.each(hasCases ? readdirSync(folder) : ['none'])('%s', (name) => {
    const head = readFileSync(path.join(folder, name)).subarray(0, HEAD_BYTES)
    expect(kindOfFile(name, '', head)).toBe('eeg')
    if (/df$/.test(name)) expect(kindOfFile('recording', '', head)).toBe('eeg')
  })
})
