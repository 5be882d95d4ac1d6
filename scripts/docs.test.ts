/** What the documents list is what there is: scripts, config keys, error codes. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { backendConfigSchema } from '../protocol/config.ts'
import { ERROR_CODES } from '../protocol/errors.ts'
import { withFreshTables } from './docs_tables.ts'

const rootDir = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(rootDir, file), 'utf8')

describe('the scripts of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const documented = new Set(
    ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'].flatMap((file) =>
      [...read(file).matchAll(/\bnpm (?:run ([a-z][\w:-]*)|(start|test)\b)/g)].map(
        ([, named, short]) => named ?? short ?? '',
      ),
    ),
  )

  it('are all documented', () => {
    expect(Object.keys(scripts).filter((name) => !documented.has(name))).toEqual([])
  })

  it('are the only ones that the documents name', () => {
    expect([...documented].filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})

describe('README.md', () => {
  const readme = read('README.md')
  /** First cells of the table at `name`, without their backquotes. */
  const rowNames = (name: string) => {
    const [, after = ''] = readme.split(`<!-- table: ${name} -->`)
    const [table = ''] = after.split('<!-- end of table -->')
    return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, key]) => key)
  }

  it('lists each key of the configuration, and no other', () => {
    expect(rowNames('config keys')).toEqual(Object.keys(backendConfigSchema.shape))
  })

  it('lists each error code, and no other', () => {
    expect(rowNames('error codes')).toEqual(Object.keys(ERROR_CODES))
  })

  it('has the tables that `npm run docs` writes', async () => {
    expect(await withFreshTables(readme)).toBe(readme)
  })

  it('refuses a document without the place for a table', async () => {
    await expect(withFreshTables('# Nothing here\n')).rejects.toThrow('is missing')
  })
})
