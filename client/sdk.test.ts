/** The example for Node imports `switchyard/client` as any program does: the built file, by its name. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { facePicture } from '../testing/pictures.ts'
import { endStarted, ROOT_DIR, startNode } from '../testing/processes.ts'

const run = promisify(execFile)
const EXAMPLE = path.join(ROOT_DIR, 'examples/client-node/main.mjs')

let dir: string
let picture: string
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'client-'))
  picture = path.join(dir, 'face.jpg')
  writeFileSync(picture, facePicture(1))
})
afterAll(async () => {
  await endStarted()
  rmSync(dir, { recursive: true })
})

describe('the example for Node', () => {
  it('prints the prediction of a real backend', async () => {
    const backend = startNode(['scripts/backend.mjs', 'emotion', '--port', '0'])
    const [, url = ''] = await backend.waitFor(/listening on (ws:\S+)/)
    await backend.waitFor(/ready/)
    const { stdout } = await run(process.execPath, [EXAMPLE, picture, url])
    expect(stdout).toMatch(/^[a-z]+ in \d+ ms\n$/)
  })

  it('exits with the code and the reason when nothing listens', async () => {
    const args = [EXAMPLE, picture, 'ws://127.0.0.1:1']
    await expect(run(process.execPath, args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^not_ready: Could not connect to emotion at ws:.*ECONNREFUSED/,
      ),
    })
  })

  it('is in the documentation word for word', () => {
    const read = (file: string) => readFileSync(path.join(ROOT_DIR, file), 'utf8')
    const [, ...code] = read('examples/client-node/main.mjs').split('\n')
    expect(read('docs/client.md')).toContain(code.join('\n'))
  })
})
