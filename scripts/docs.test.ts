/** The documents list the existing scripts, config keys, codes, messages and files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import Ajv from 'ajv'
import { describe, expect, it } from 'vitest'
import { modelsJsonSchema } from '../config/schema_json.ts'
import { backendConfigSchema } from '../protocol/config.ts'
import { ERROR_CODES } from '../protocol/errors.ts'
import { DOCUMENT_TABLES, withFreshTables } from './docs_tables.ts'
import { protocolJsonSchema } from './protocol_schema.ts'
import { filesBelow } from './setup/fingerprint.mjs'

const rootDir = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(rootDir, file), 'utf8')

/** Documents for users and developers; the READMEs of folders are added. */
const PAGES = [
  ...['README.md', 'README.zh-CN.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
  ...readdirSync(path.join(rootDir, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const NOT_OURS = new Set(['dist', 'node_modules', 'shared', 'test-results', 'playwright-report'])
const ALL_DOCUMENTS = readdirSync(rootDir)
  .filter((name) => !name.startsWith('.') && !NOT_OURS.has(name))
  .flatMap((name) => filesBelow(rootDir, name))
  .filter((file) => file.endsWith('.md'))

describe('the scripts of package.json', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const documented = new Set(
    PAGES.flatMap((file) =>
      [...read(file).matchAll(/\bnpm (?:run (?:-s )?([a-z][\w:-]*)|(start|test)\b)/g)].map(
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

describe('the generated tables', () => {
  /** The first cell of each row in the table at `name`, without backquotes. */
  const rowNames = (document: string, name: string) => {
    const [, after = ''] = read(document).split(`<!-- table: ${name} -->`)
    const [table = ''] = after.split('<!-- end of table -->')
    return [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, key]) => key)
  }

  it('list each key of the configuration, and no other', () => {
    expect(rowNames('docs/configuration.md', 'config keys')).toEqual(
      Object.keys(backendConfigSchema.shape),
    )
  })

  it('list each error code, and no other', () => {
    expect(rowNames('docs/protocol.md', 'error codes')).toEqual(Object.keys(ERROR_CODES))
  })

  it.each(Object.keys(DOCUMENT_TABLES))('of %s are what `npm run docs` writes', (document) => {
    expect(withFreshTables(document, read(document))).toBe(read(document))
  })

  it('need their place in the document', () => {
    expect(() => withFreshTables('docs/protocol.md', '# Nothing here\n')).toThrow('add both')
  })
})

it('the JSON schema of models.yaml is what `npm run docs` writes', () => {
  expect(JSON.parse(read('docs/models.schema.json'))).toEqual(
    JSON.parse(JSON.stringify(modelsJsonSchema())),
  )
})

describe('the JSON schema of the protocol', () => {
  it('is what `npm run docs` writes', () => {
    expect(JSON.parse(read('docs/protocol.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(protocolJsonSchema())),
    )
  })

  const ajv = new Ajv().addSchema(protocolJsonSchema(), 'protocol')
  const examples = [...read('docs/protocol.md').matchAll(/^```json\n([\s\S]*?)^```/gm)].map(
    ([, text = '']) => JSON.parse(text) as { type: string },
  )

  it.each(examples.filter((example) => !('model_type' in example)))(
    'accepts the example of $type in docs/protocol.md',
    (example) => {
      expect(ajv.validate(`protocol#/definitions/${example.type}`, example), ajv.errorsText()).toBe(
        true,
      )
    },
  )

  it('rejects a request without an id', () => {
    const request = { type: 'inference_request', data: {} }
    expect(ajv.validate('protocol#/definitions/client_message', request)).toBe(false)
  })
})

describe('the links', () => {
  const anchorsOf = (file: string) =>
    [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )

  it.each(ALL_DOCUMENTS)('of %s lead to files and headings that exist', (document) => {
    const text = read(document).replace(/^```[\s\S]*?^```/gm, '')
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"/g)]
      .map(([, link, source]) => link ?? source ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [name = '', anchor] = target.split('#')
        const file = name === '' ? document : path.posix.join(path.posix.dirname(document), name)
        if (!existsSync(path.join(rootDir, file))) return true
        return anchor !== undefined && !anchorsOf(file).includes(anchor)
      })
    expect(broken).toEqual([])
  })
})

describe('the layout', () => {
  /** Approximate line width on a screen. */
  const LINE_LENGTH_MAX = 150
  const PARAGRAPH_LINES_MAX = 5
  /** A row of two lines has no cell of three. */
  const ROW_LENGTH_MAX = 2 * LINE_LENGTH_MAX

  it('of README.md takes at most 150 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150)
    expect(read('README.zh-CN.md').split('\n').length).toBeLessThanOrEqual(150)
  })

  it('of ARCHITECTURE.md has a codemap of at most 25 folders', () => {
    const [, codemap = ''] = read('ARCHITECTURE.md').split('## Codemap')
    const rows = (codemap.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| `/.test(line))
    expect(rows.length).toBeGreaterThan(10)
    expect(rows.length).toBeLessThanOrEqual(25)
  })

  it.each(PAGES)('of %s has no paragraph over five lines and no cell over two', (page) => {
    const text = read(page).replace(/^```[\s\S]*?^```/gm, '')
    const lines = text.split('\n')
    const isRow = (line: string) => line.startsWith('|')
    const paragraphs = text.split(/\n\n|\n(?=\s*(?:[-*]|\d+\.) )/)
    expect(lines.filter((line) => !isRow(line) && line.length > LINE_LENGTH_MAX)).toEqual([])
    expect(
      lines.filter((line) => isRow(line) && line.replace(/ *\| */g, '').length > ROW_LENGTH_MAX),
    ).toEqual([])
    expect(
      paragraphs.filter(
        (paragraph) =>
          !isRow(paragraph.trimStart()) &&
          !paragraph.includes('\n|') &&
          paragraph.split('\n').length > PARAGRAPH_LINES_MAX,
      ),
    ).toEqual([])
  })
})
