import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { ROOT_DIR, endStarted, startNode } from '../testing/processes.ts'
import { drawnPicture } from '../testing/pictures.ts'
import { connect, inferenceRequest } from '../testing/wire_client.ts'
import { bundlePrograms } from '../build/bundle.mjs'
import { createBackend } from './new_backend.ts'
import { PROGRAM_FOLDERS } from './setup/parts.mjs'

let rootDir: string
beforeAll(() => {
  rootDir = mkdtempSync(path.join(tmpdir(), 'new-backend-'))
  for (const part of [...PROGRAM_FOLDERS, 'package.json']) {
    cpSync(path.join(ROOT_DIR, part), path.join(rootDir, part), { recursive: true })
  }
  symlinkSync(path.join(ROOT_DIR, 'node_modules'), path.join(rootDir, 'node_modules'))
})
afterAll(async () => {
  await endStarted()
  rmSync(rootDir, { recursive: true })
})

it('makes a backend that runs immediately and answers a picture', async () => {
  const before = readFileSync(path.join(rootDir, 'config/models.yaml'), 'utf8')
  const port = await createBackend({ rootDir, name: 'day_night' })
  const config = await loadConfig(path.join(rootDir, 'config/models.yaml'))
  expect(config.ok && config.config.model_backends.day_night?.port).toBe(port)
  const after = readFileSync(path.join(rootDir, 'config/models.yaml'), 'utf8')
  for (const comment of before.match(/#.*/g) ?? []) expect(after).toContain(comment)

  await bundlePrograms(rootDir)
  const entry = path.join(rootDir, 'dist/backends/process.js')
  const backend = startNode([entry, 'day_night', '--port', '0'])
  const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
  await backend.waitFor(/ready on/)
  const client = await connect(url)
  expect(await client.ask(inferenceRequest('n', await drawnPicture(64, 48)))).toMatchObject({
    type: 'inference_response',
    data: { prediction: expect.stringMatching(/bright|dark/) as string },
  })
  await client.close()
})

it.each([
  ['Upper', /not a valid backend name/],
  ['../evil', /not a valid backend name/],
  ['emotion', /already exists/],
  ['template', /already exists/],
])('"%s" is refused and nothing is written', async (name, words) => {
  const registry = () => readFileSync(path.join(rootDir, 'backends/registry.ts'), 'utf8')
  const before = registry()
  await expect(createBackend({ rootDir, name })).rejects.toThrow(words)
  expect(registry()).toBe(before)
})
