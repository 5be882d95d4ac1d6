/** `npm run docs`: writes the tables of README.md anew from the schemas. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { withFreshTables } from './docs_tables.ts'

const readme = path.resolve(import.meta.dirname, '../README.md')
writeFileSync(readme, await withFreshTables(readFileSync(readme, 'utf8')))
