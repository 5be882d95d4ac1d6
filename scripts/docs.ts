/** `npm run docs`: writes the generated tables of the documents and the JSON schema of models.yaml. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { modelsJsonSchema } from '../config/schema_json.ts'
import { DOCUMENT_TABLES, withFreshTables } from './docs_tables.ts'
import { protocolJsonSchema } from './protocol_schema.ts'

const rootDir = path.resolve(import.meta.dirname, '..')
for (const document of Object.keys(DOCUMENT_TABLES)) {
  const file = path.join(rootDir, document)
  writeFileSync(file, withFreshTables(document, readFileSync(file, 'utf8')))
}
await writeSchema('docs/models.schema.json', modelsJsonSchema())
await writeSchema('docs/protocol.schema.json', protocolJsonSchema())

async function writeSchema(name: string, schema: object): Promise<void> {
  const file = path.join(rootDir, name)
  const style = { ...(await resolveConfig(file)), filepath: file }
  writeFileSync(file, await format(JSON.stringify(schema), style))
}
