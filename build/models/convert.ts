/**
 * Converts the models of the installed npm packages to ONNX: `node --import tsx build/models/convert.ts [--out DIR]`.
 * Writes only what is missing or stale; equal sources give equal bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MODELS, type ModelRow } from './registry.ts'
import { converterKey, findStaleModels, readStamp, sha256OfFile, writeStamp } from './stale.mjs'

const rootDir = resolve(import.meta.dirname, '../..')

async function convertModels(outDir: string): Promise<void> {
  const stale = findStaleModels(rootDir, outDir)
  const isStale = (file: string) => stale === 'all' || stale.includes(file)
  const rows = MODELS.filter(({ file }) => isStale(file) || isStale(descriptionFile(file)))
  if (rows.length === 0) return
  // Loaded only now: reading onnx-proto takes longer than finding out that nothing is to be done.
  const { buildModel, packageVersion } = await import('./build_model.ts')
  const files = stale === 'all' ? {} : (readStamp(outDir)?.files ?? {})
  for (const [index, row] of rows.entries()) {
    const startedMs = performance.now()
    const { graph, bytes } = buildModel(row, rootDir)
    const path = join(outDir, row.file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
    files[row.file] = sha256OfFile(path)
    const description = describe(row, packageVersion(rootDir, row.source), {
      sha256: files[row.file] ?? '',
      bytes: bytes.byteLength,
      inputs: graph.inputs,
      outputs: graph.outputs,
    })
    const descriptionPath = join(outDir, descriptionFile(row.file))
    writeFileSync(descriptionPath, `${JSON.stringify(description, null, 2)}\n`)
    files[descriptionFile(row.file)] = sha256OfFile(descriptionPath)
    const tookMs = Math.round(performance.now() - startedMs)
    const kilobytes = Math.round(bytes.byteLength / 1000)
    console.log(`model ${index + 1} of ${rows.length}: ${row.file} (${kilobytes} kB, ${tookMs} ms)`)
  }
  writeStamp(outDir, { key: converterKey(rootDir), files })
}

const descriptionFile = (file: string) => file.replace(/\.onnx$/, '.json')

/** What stands beside a model file; backends/base/session.ts reads it. */
function describe(row: ModelRow, version: string, built: Record<string, unknown>) {
  const from = row.source.kind === 'tfjs_graph' ? row.source.graph : row.source.manifest
  return {
    name: row.name,
    origin: `${row.source.package}@${version} ${from}; ${row.origin}`,
    package: row.source.package,
    version,
    licence: row.licence,
    ...built,
  }
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
await convertModels(values.out === undefined ? rootDir : resolve(values.out))
