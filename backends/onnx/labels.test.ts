import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseLabels, readLabels } from './labels.ts'

const RGB = ['red', 'green', 'blue']
const utf16 = (text: string, order: 'le' | 'be') => {
  const bytes = Buffer.from(text, 'utf16le')
  return order === 'le' ? bytes : bytes.swap16()
}
const parse = (content: string | Uint8Array, name = 'labels.txt') =>
  parseLabels(typeof content === 'string' ? Buffer.from(content) : content, name)

describe('a text file has one label per line', () => {
  it.each([
    ['line feeds', 'red\ngreen\nblue\n'],
    ['no end of the last line', 'red\ngreen\nblue'],
    ['carriage returns and line feeds', 'red\r\ngreen\r\nblue\r\n'],
    ['carriage returns alone', 'red\rgreen\rblue\r'],
    ['blank lines at the end', 'red\ngreen\nblue\n\n \n'],
    ['spaces around the names', ' red\ngreen \n\tblue\n'],
    ['a byte order mark', '\ufeffred\ngreen\nblue\n'],
    ['class numbers in front', '0 red\n1 green\n2 blue\n'],
    ['class numbers with colons', '0: red\n1: green\n2: blue\n'],
  ])('with %s', (_title, text) => {
    expect(parse(text)).toEqual(RGB)
  })

  it.each([
    ['little-endian with a mark', utf16('\ufeffred\r\ngreen\r\nblue\r\n', 'le')],
    ['big-endian with a mark', utf16('\ufeffred\r\ngreen\r\nblue\r\n', 'be')],
    ['little-endian without a mark', utf16('red\ngreen\nblue\n', 'le')],
    ['big-endian without a mark', utf16('red\ngreen\nblue\n', 'be')],
  ])('in UTF-16 %s', (_title, bytes) => {
    expect(parse(bytes)).toEqual(RGB)
  })

  it('keeps a blank line between others as a class without a name', () => {
    expect(parse('red\n\nblue\n')).toEqual(['red', '', 'blue'])
    expect(parse('\nred\nblue\n')).toEqual(['', 'red', 'blue'])
  })

  it('leaves the class numbers that a numbered list skips without a name', () => {
    expect(parse('0  person\n1  bicycle\n3  car\n')).toEqual(['person', 'bicycle', '', 'car'])
  })

  it.each([
    ['numbers that start at 1', '1 euro\n2 euro\n5 euro\n', ['1 euro', '2 euro', '5 euro']],
    ['names that differ in the number alone', '0 km\n1 km\n', ['0 km', '1 km']],
    ['digits as names', '0\n1\n2\n', ['0', '1', '2']],
    ['a comma in a name', 'circle, round\nsquare\n', ['circle, round', 'square']],
    ['a colon in a name', 'names: short\nother\n', ['names: short', 'other']],
    ['a bracket in front', '[background]\nred\n', ['[background]', 'red']],
  ])('takes lines as they are with %s', (_title, text, labels) => {
    expect(parse(text)).toEqual(labels)
  })
})

describe('other formats give the same list', () => {
  it.each([
    ['classes.json', '["red", "green", "blue"]'],
    ['classes.json', '{"0": "red", "1": "green", "2": "blue"}'],
    ['classes.json', '{"2": "blue", "0": "red", "1": "green"}'],
    ['classes.json', '{"red": 0, "green": 1, "blue": 2}'],
    ['config.json', '{"id2label": {"0": "red", "1": "green", "2": "blue"}, "model_type": "vit"}'],
    ['config.json', '{"label2id": {"red": 0, "blue": 2, "green": 1}}'],
    ['index.json', '{"0": ["n1", "red"], "1": ["n2", "green"], "2": ["n3", "blue"]}'],
    [
      'coco.json',
      '{"categories": [{"id": 2, "name": "green"}, {"id": 1, "name": "red"}, {"id": 3, "name": "blue"}]}',
    ],
    ['labels.txt', '["red", "green", "blue"]'],
    ['data.yaml', 'path: ../data\nnc: 3\nnames:\n  0: red\n  1: green\n  2: blue\n'],
    ['data.yaml', 'names: [red, green, blue]\n'],
    ['data.yml', '- red\n- green\n- blue\n'],
    ['labels.txt', 'names:\n  - red\n  - green\n  - blue\n'],
    ['tags.csv', 'tag_id,name,category,count\n9,red,0,1\n4,green,0,1\n7,blue,4,1\n'],
    ['tags.csv', 'name\nred\ngreen\nblue\n'],
    ['labels.csv', 'red\ngreen\nblue\n'],
    ['labels.csv', 'index,name\n2,blue\n0,red\n1,green\n'],
    ['labels.csv', '0,red\n1,green\n2,blue\n'],
    ['labels.csv', 'id;name\r\n1;"red"\r\n2;green\r\n3;blue\r\n'],
    ['labels.tsv', 'index\tmid\tdisplay_name\n0\t/m/1\tred\n1\t/m/2\tgreen\n2\t/m/3\tblue\n'],
    ['labels.txt', 'tag_id,name,category,count\n9,red,0,1\n4,green,0,1\n7,blue,4,1\n'],
  ])('%s: %s', (name, text) => {
    expect(parse(text, name)).toEqual(RGB)
  })

  it('keeps names that YAML or CSV treat specially', () => {
    expect(parse('names: [no, null, 1.0]\n', 'data.yaml')).toEqual(['no', 'null', '1.0'])
    expect(parse('name,x\n"a, ""b""",1\nc,2\n', 'l.csv')).toEqual(['a, "b"', 'c'])
  })

  it('leaves gaps in numbered names without a name', () => {
    expect(parse('{"0": "red", "2": "blue"}', 'l.json')).toEqual(['red', '', 'blue'])
  })
})

describe('a file that gives no certain list is refused with the remedy', () => {
  it.each([
    ['an empty file', 'l.txt', '', /it is empty; write one label per line/],
    ['blank lines only', 'l.txt', '\n \n', /it is empty/],
    ['Latin-1', 'l.txt', Buffer.from('R\xf6te\nBlau\n', 'latin1'), /line 1 .*; save it as UTF-8/],
    ['UTF-32', 'l.txt', Buffer.from('fffe000072000000', 'hex'), /NUL characters; save it as UTF-8/],
    [
      'half a UTF-16 character',
      'l.txt',
      Buffer.from('fffe72006500640a', 'hex').subarray(0, 7),
      /UTF-16LE/,
    ],
    ['a label map of TensorFlow', 'map.pbtxt', "item { id: 1 name: 'red' }", /\.pbtxt/],
    ['damaged JSON', 'l.json', '["red", ', /not valid JSON/],
    ['damaged YAML', 'l.yaml', 'names: [red', /not valid YAML/],
    ['a document without names', 'l.json', '{"a": "b", "c": 1.5}', /has the keys a, c/],
    ['a number as the document', 'l.json', '5', /neither a list nor names/],
    ['a name that is not a text', 'l.json', '["red", {"x": 1}]', /label of entry 1 is not a text/],
    ['two names for one class', 'l.json', '{"red": 0, "blue": 0}', /class number 0 occurs twice/],
    ['a class number that cannot be one', 'l.json', '{"0": "a", "9000000": "b"}', /9000000/],
    ['a table without names', 'l.csv', '/m/1,red\n/m/2,blue\n', /call one "name"/],
    ['a table of uneven rows', 'l.csv', 'id,name\n0,red\n1\n', /row 3 has 1 cells/],
    ['ids with gaps', 'l.csv', 'id,name\n1,red\n3,blue\n', /without gaps \(3\)/],
  ])('%s', (_title, name, content, message) => {
    expect(() => parse(content, name)).toThrow(message)
  })

  it('names the file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'labels-'))
    const file = path.join(folder, 'l.txt')
    writeFileSync(file, '')
    await expect(readLabels(file)).rejects.toThrow(`The labels file ${file} cannot be used: it is`)
    rmSync(folder, { recursive: true })
    await expect(readLabels(file)).rejects.toThrow(/l\.txt cannot be used: ENOENT/)
  })
})

const CASES = path.join(process.env['SWITCHYARD_CASES'] ?? '', 'labels')
const hasCases = process.env['SWITCHYARD_CASES'] !== undefined && existsSync(CASES)
if (!hasCases) console.log('skipped: SWITCHYARD_CASES names no folder with labels')

describe.skipIf(!hasCases)('the given files', () => {
  it.each([
    ['blank_line.txt', ['red', '', 'blue']],
    ['bom.txt', RGB],
    ['classes.json', RGB],
    ['names.yaml', RGB],
    ['numbered.txt', RGB],
    ['two_of_three.txt', ['red', 'green']],
    ['four_of_three.txt', ['background', ...RGB]],
  ])('%s is read', async (name, labels) => {
    expect(await readLabels(path.join(CASES, name))).toEqual(labels)
  })

  it.each([
    ['empty.txt', /empty\.txt cannot be used: it is empty/],
    ['latin1.txt', /latin1\.txt cannot be used: line 1 is not valid UTF-8; save it as UTF-8/],
  ])('%s is refused', async (name, message) => {
    await expect(readLabels(path.join(CASES, name))).rejects.toThrow(message)
  })
})
