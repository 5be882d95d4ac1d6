/** House rules that no linter knows. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const FOLDERS = [
  ...['backends', 'bench', 'build', 'cli', 'client', 'config', 'control', 'e2e'],
  ...[
    'electron',
    'files',
    'gateway',
    'protocol',
    'renderer',
    'scripts',
    'server',
    'faults',
    'testing',
    'tools',
  ],
]
const rootDir = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(rootDir, file), 'utf8')

/** Sources of the folders above and at the top; relative to the root. */
function sourceFiles(): string[] {
  const isSource = (file: string) => /\.(tsx?|mjs|css|html)$/.test(file)
  const below = (folder: string) =>
    readdirSync(path.join(rootDir, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => path.posix.join(folder, file.replaceAll('\\', '/')))
      .filter((file) => isSource(file) && !file.includes('/node_modules/'))
  const present = FOLDERS.filter((folder) =>
    statSync(path.join(rootDir, folder), { throwIfNoEntry: false })?.isDirectory(),
  )
  return [...readdirSync(rootDir).filter(isSource), ...present.flatMap(below)].sort()
}

describe('the sources', () => {
  const files = sourceFiles()

  it('are found', () => {
    expect(files).toContain('scripts/tidy.test.ts')
    expect(files).toContain('vitest.config.ts')
  })

  it('name an owner for each open task: TODO(name)', () => {
    // Split, so that this file does not find itself.
    const openTask = new RegExp(`\\b${'TO'}${'DO'}\\b(?!\\([a-z])`, 'i')
    const ownerless = files
      .filter((file) => file !== 'scripts/tidy.test.ts')
      .flatMap((file) =>
        read(file)
          .split('\n')
          .flatMap((line, index) => (openTask.test(line) ? [`${file}:${index + 1}`] : [])),
      )
    expect(ownerless).toEqual([])
  })
})

describe('the packages', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >

  it('are locked without the address of any registry', () => {
    expect(read('package-lock.json')).not.toContain('"resolved": "http')
  })

  it('are pinned exactly', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    )
    expect(loose).toEqual([])
  })
})
