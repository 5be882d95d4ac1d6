/** Batch files of Windows, with a fake file list; the quoting is that of cross-spawn. */
import { expect, it } from 'vitest'
import { spawnable } from './spawnable.ts'

const FILES = [
  'C:\\conda\\condabin\\conda.bat',
  'C:\\Program Files\\nodejs\\npm.cmd',
  'C:\\python\\python.exe',
  '.\\start.bat',
]
const windows = (program: string, ...args: string[]) =>
  spawnable(program, args, {
    platform: 'win32',
    env: {
      Path: 'C:\\conda\\condabin;"C:\\Program Files\\nodejs";C:\\python',
      PATHEXT: '.COM;.EXE;.BAT;.CMD',
      ComSpec: 'C:\\Windows\\cmd.exe',
    },
    exists: (file) => FILES.some((one) => one.toLowerCase() === file.toLowerCase()),
  })

it('elsewhere a program is spawned as it is', () => {
  const environment = { platform: 'linux', env: {}, exists: () => true } as const
  expect(spawnable('conda.bat', ['a b'], environment)).toEqual({
    file: 'conda.bat',
    args: ['a b'],
    isVerbatim: false,
  })
})

it('on Windows a real program is spawned as it is', () => {
  expect(windows('python', 'a b')).toEqual({
    file: 'C:\\python\\python.exe',
    args: ['a b'],
    isVerbatim: false,
  })
  expect(windows('nowhere', 'a')).toEqual({ file: 'nowhere', args: ['a'], isVerbatim: false })
})

it.each([
  ['conda', 'C:\\conda\\condabin\\conda.bat'],
  ['npm', 'C:\\Program^ Files\\nodejs\\npm.cmd'],
  ['npm.cmd', 'C:\\Program^ Files\\nodejs\\npm.cmd'],
  ['./start.bat', '.\\start.bat'],
])('the batch file %s is run by cmd.exe', (program, path) => {
  const { file, args, isVerbatim } = windows(program, 'run')
  expect([file, args.slice(0, 3), isVerbatim]).toEqual([
    'C:\\Windows\\cmd.exe',
    ['/d', '/s', '/c'],
    true,
  ])
  expect(args[3]).toBe(`"${path} ^^^"run^^^""`)
})

/** Parses a quoted argument like cmd.exe and the program: two passes of carets, then CommandLineToArgvW. */
function read(line: string): string {
  const once = (text: string) => text.replace(/\^(.)/g, '$1')
  const text = once(once(line))
  return text
    .slice(1, -1)
    .replace(/(\\*)"/g, (_all, slashes: string) => '\\'.repeat((slashes.length - 1) / 2) + '"')
    .replace(/(\\+)$/, (slashes) => '\\'.repeat(slashes.length / 2))
}

it.each([
  'plain',
  'a b',
  'a&calc',
  '%PATH%',
  'say "hi"',
  'ends\\',
  '\\"',
  '^|<>!',
  '',
  'C:\\x y\\',
])('the argument %j arrives as it is', (text) => {
  const [, , , line = ''] = windows('conda', text).args
  expect(read(line.slice('"C:\\conda\\condabin\\conda.bat '.length, -1))).toBe(text)
})

it('a line break, which no batch file can be given, is refused', () => {
  expect(() => windows('npm', 'a\nb')).toThrow('cannot hold line breaks: "a\\nb"')
})
