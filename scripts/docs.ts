/** `npm run docs`: writes the tables of README.md and the JSON schema of models.yaml anew from the schemas. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { modelsJsonSchema } from '../config/schema_json.ts'
import { withFreshTables } from './docs_tables.ts'

const rootDir = path.resolve(import.meta.dirname, '..')
const readme = path.join(rootDir, 'README.md')
writeFileSync(readme, await withFreshTables(readFileSync(readme, 'utf8')))

const schemaFile = path.join(rootDir, 'config/models.schema.json')
const style = { ...(await resolveConfig(schemaFile)), filepath: schemaFile }
writeFileSync(schemaFile, await format(JSON.stringify(modelsJsonSchema()), style))
