/**
 * Converts the models of the installed npm packages to ONNX: `node --import tsx tools/models/convert.ts [--out DIR]`.
 * Only writes what is missing or stale; deterministic.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MODEL_TARGETS, type ModelTarget } from './registry.ts'
import { converterKey, findStaleModels, readStamp, sha256OfFile, writeStamp } from './stale.mjs'

const rootDir = resolve(import.meta.dirname, '../..')

async function convertModels(outDir: string): Promise<void> {
  const stale = findStaleModels(rootDir, outDir)
  const isStale = (file: string) => stale === 'all' || stale.includes(file)
  const targets = MODEL_TARGETS.filter(
    ({ file }) => isStale(file) || isStale(descriptionFile(file)),
  )
  if (targets.length === 0) return
  // Imported lazily: loading onnx-proto takes longer than detecting that nothing is to do.
  const { buildTarget, packageVersion } = await import('./build_model.ts')
  const files = stale === 'all' ? {} : (readStamp(outDir)?.files ?? {})
  for (const [index, target] of targets.entries()) {
    const startedMs = performance.now()
    const { row, file } = target
    const { graph, bytes } = await buildTarget(target, rootDir)
    const path = join(outDir, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
    files[file] = sha256OfFile(path)
    const description = describe(target, packageVersion(rootDir, row.source), {
      sha256: files[file] ?? '',
      bytes: bytes.byteLength,
      inputs: graph.inputs,
      outputs: graph.outputs,
    })
    const descriptionPath = join(outDir, descriptionFile(file))
    writeFileSync(descriptionPath, `${JSON.stringify(description, null, 2)}\n`)
    files[descriptionFile(file)] = sha256OfFile(descriptionPath)
    const tookMs = Math.round(performance.now() - startedMs)
    const kilobytes = Math.round(bytes.byteLength / 1000)
    console.log(`model ${index + 1} of ${targets.length}: ${file} (${kilobytes} kB, ${tookMs} ms)`)
  }
  writeStamp(outDir, { key: converterKey(rootDir), files })
}

const descriptionFile = (file: string) => file.replace(/\.onnx$/, '.json')

/** The description next to a model file, read by backends/base/session.ts. */
function describe(
  { row, precision }: ModelTarget,
  version: string,
  built: Record<string, unknown>,
) {
  const from = row.source.kind === 'tfjs_graph' ? row.source.graph : row.source.manifest
  return {
    name: precision === 'int8' ? `${row.name}.int8` : row.name,
    origin: `${row.source.package}@${version} ${from}; ${row.origin}${precision === 'int8' ? '; quantised to int8 here' : ''}`,
    package: row.source.package,
    version,
    licence: row.licence,
    ...built,
  }
}

const { values } = parseArgs({ options: { out: { type: 'string' } } })
await convertModels(values.out === undefined ? rootDir : resolve(values.out))
