/** Unloadable files: each error has onnxruntime's whole reason and a remedy for that file. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outputSchema, preprocessSchema } from '../../protocol/onnx_config.ts'
import { MEANS_NODES, tinyModel, type TinyGraph } from '../../testing/tiny_onnx.ts'
import { OnnxBackend } from './backend.ts'
import { quietContext } from '../base/quiet_context.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'source-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** The error of a start with this model. */
async function refusal(model: string, labels?: string): Promise<string> {
  const backend = new OnnxBackend(
    quietContext('own', { rootDir: folder, providers: 'auto', batchSizeMax: 2 }),
    {
      model,
      labels,
      output: outputSchema.parse({ type: 'classification' }),
      preprocess: preprocessSchema.parse({}),
    },
  )
  return backend.initializeModel().then(
    () => 'it was served',
    (error: unknown) => (error as Error).message,
  )
}

const graph = (more: Partial<TinyGraph>): TinyGraph => ({
  nodes: MEANS_NODES,
  outputs: { means: ['N', 3] },
  ...more,
})
const whole = tinyModel(graph({})).model

it.each<[string, Uint8Array, RegExp[]]>([
  [
    'an opset that is too new',
    tinyModel(graph({ opset: 99 })).model,
    [/has opset 99 of ai\.onnx, and onnxruntime 1\.\S+ reads up to 26\..* till opset 26\.$/],
  ],
  [
    'an IR version that is too new',
    tinyModel(graph({ irVersion: 99 })).model,
    [/The reason of onnxruntime: Unsupported model IR version: 99/, /ir_version \d+ or lower/],
  ],
  [
    'an operator of a plugin',
    tinyModel(
      graph({
        domain: 'TRT',
        nodes: [{ opType: 'EfficientNMS_TRT', domain: 'TRT', input: ['x'], output: ['means'] }],
      }),
    ).model,
    [/needs the operator TRT:EfficientNMS_TRT/, /Export it without custom operators/],
  ],
  [
    'no end',
    whole.subarray(0, whole.length - 40),
    [/incomplete or damaged \(.+\)\. Copy or export it again/],
  ],
  ['no content', new Uint8Array(), [/m\.onnx is empty/]],
  [
    'a Git LFS pointer',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'),
    [/is a Git LFS pointer, .*`git lfs pull`/],
  ],
  ['a web page', Buffer.from('\n<!DOCTYPE html><html></html>'), [/is a web page/]],
  [
    'a PyTorch checkpoint',
    Buffer.from('PK\x03\x04rest'),
    [/archive, such as a PyTorch checkpoint.*Export the model to ONNX/],
  ],
  ['a text', Buffer.from('hello'), [/is a text \("hello"\), not a model/]],
  ['bytes of no known kind', Uint8Array.of(7, 200, 3), [/incomplete or damaged/]],
  ['another protocol buffer', Uint8Array.of(8, 1), [/holds no ONNX graph: .*Core ML/]],
])('a file with %s', async (_title, bytes, messages) => {
  writeFileSync(path.join(folder, 'm.onnx'), bytes)
  const message = await refusal('m.onnx')
  for (const one of messages) expect(message).toMatch(one)
  expect(message).toContain(path.join(folder, 'm.onnx'))
  // No remedy for built-in models, no missing GPU libraries, no C++.
  expect(message).not.toMatch(/npm run models|CUDA|onnxruntime_src|::/)
})

it('a missing file, with the folder that relative paths start at', async () => {
  expect(await refusal('none.onnx')).toMatch(
    /^No such file: .*none\.onnx\. Correct the path in model; a relative path starts at /,
  )
})

const ZOO = process.env['SWITCHYARD_ZOO'] ?? ''
const refused = existsSync(ZOO) ? readdirSync(ZOO).filter((name) => name.startsWith('refuse-')) : []
if (refused.length === 0) console.log('skipped: SWITCHYARD_ZOO names no folder with model exports')

const referenceSchema = z.object({ expect: z.object({ message_mentions: z.array(z.string()) }) })

describe.skipIf(refused.length === 0)('exports that must be refused', () => {
  it.each(refused)('%s', async (name) => {
    const entry = path.join(ZOO, name)
    const { expect: expected } = referenceSchema.parse(
      JSON.parse(readFileSync(path.join(entry, 'reference.json'), 'utf8')),
    )
    const labels = path.join(entry, 'labels.txt')
    const message = await refusal(
      path.join(entry, 'model.onnx'),
      existsSync(labels) ? labels : undefined,
    )
    for (const mention of expected.message_mentions) expect(message).toContain(mention)
  })
})
