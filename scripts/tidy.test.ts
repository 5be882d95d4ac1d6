/** House rules that no linter knows. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const rootDir = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(rootDir, file), 'utf8')

/** Relative to the root. */
const sourceFiles = (): string[] =>
  execFileSync('git', ['ls-files'], { cwd: rootDir, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(tsx?|mjs|css|html)$/.test(file))

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
