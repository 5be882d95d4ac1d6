import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { folderFault, startFailure } from './start_failure.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'start-failure-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
writeFileSync(path.join(folder, 'moved'), '#!/old/.venv/bin/python3\nprint(1)\n')
writeFileSync(path.join(folder, 'plain'), 'x')
chmodSync(path.join(folder, 'plain'), 0o644)
mkdirSync(path.join(folder, 'folder'))

const failure = (program: string, code: string) =>
  startFailure(program, { code, message: `spawn ${program} ${code}` }, folder)

it.each([
  [
    'a program that is missing',
    './serve',
    'ENOENT',
    `${path.join(folder, 'serve')} does not exist. Correct`,
  ],
  [
    'a virtual environment that is missing',
    '.venv/bin/python',
    'ENOENT',
    `python3 -m venv ${path.join(folder, '.venv')}\``,
  ],
  ['a virtual environment of Windows', 'venv\\Scripts\\python.exe', 'ENOENT', 'does not exist. '],
  [
    'a program that is not on the PATH',
    'conda',
    'ENOENT',
    '"conda" is not on the PATH of Switchyard',
  ],
  [
    'an interpreter that is missing',
    './moved',
    'ENOENT',
    'its interpreter /old/.venv/bin/python3, named in the first line',
  ],
  ['a library that is missing', './plain', 'ENOENT', 'a library that'],
  ['a file that is not executable', './plain', 'EACCES', 'is not executable. Run `chmod +x`'],
  ['a folder', './folder', 'EACCES', 'is a folder. Name a program'],
  ['a batch file', 'start.bat', 'EINVAL', '[cmd, /c, start.bat, …]'],
  ['a program of another system', './plain', 'ENOEXEC', 'exec format error'],
  ['anything else', './plain', 'EMFILE', './plain cannot be started: spawn ./plain EMFILE'],
])('names %s and the remedy', (_what, program, code, words) => {
  const text = failure(program, code)
  expect(text).toContain(`${program} cannot be started: `)
  expect(text).toContain(words)
})

it('distinguishes a missing folder from a missing program', () => {
  expect(folderFault(folder)).toBeNull()
  expect(folderFault(path.join(folder, 'gone'))?.message).toContain('(`cwd`) does not exist')
  expect(folderFault(path.join(folder, 'plain'))?.message).toContain('(`cwd`) is not a folder')
})
