/** Copied code runs as it is: against a real backend, with an awkward file name. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { facePicture } from '../../../../testing/pictures.ts'
import { endStarted, ROOT_DIR, startNode } from '../../../../testing/processes.ts'
import { programText, type ProgramForm, type ProgramRequest } from './program_text.ts'

const run = promisify(execFile)
const FILE = `it's a "face" $HOME.jpg`

let dir: string
let url: string
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'program-'))
  symlinkSync(path.join(ROOT_DIR, 'node_modules'), path.join(dir, 'node_modules'))
  writeFileSync(path.join(dir, FILE), facePicture(1))
  const backend = startNode(['scripts/backend.mjs', 'emotion', '--port', '0'])
  const [, address = ''] = await backend.waitFor(/listening on (ws:\S+)/)
  await backend.waitFor(/ready/)
  url = address
}, 90_000)
afterAll(async () => {
  await endStarted()
  rmSync(dir, { recursive: true })
})

const textOf = (form: ProgramForm, differing: Partial<ProgramRequest> = {}) =>
  programText(form, { url, file: FILE, key: 'image', others: {}, ...differing })
const written = (name: string, text: string) => {
  writeFileSync(path.join(dir, name), text)
  return name
}
const answer = { type: 'inference_response', data: { prediction: expect.any(String) } }

describe('a copied program', () => {
  it('in JavaScript prints the answer', async () => {
    const file = written('request.mjs', textOf('javascript'))
    const { stdout } = await run(process.execPath, [file], { cwd: dir })
    expect(JSON.parse(stdout)).toMatchObject(answer)
  })

  it('in JavaScript fails with the reason when nobody listens', async () => {
    const file = written('alone.mjs', textOf('javascript', { url: 'ws://127.0.0.1:1' }))
    await expect(run(process.execPath, [file], { cwd: dir })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it.skipIf(!existsSync('/usr/lib/python3/dist-packages/websockets'))(
    'in Python prints the answer (skipped without python3-websockets)',
    async () => {
      const file = written('request.py', textOf('python'))
      const { stdout } = await run('/usr/bin/python3', [file], { cwd: dir })
      expect(JSON.parse(stdout)).toMatchObject(answer)
    },
  )

  it.skipIf(process.platform === 'win32')(
    'for websocat hands it the whole request as one line, and the address as one word',
    async () => {
      // Stands in for websocat: records its arguments and input.
      writeFileSync(path.join(dir, 'websocat'), '#!/bin/sh\nprintf "%s\\n" "$*"\ncat\n', {
        mode: 0o755,
      })
      const env = { ...process.env, PATH: `${dir}:${process.env['PATH']}` }
      const text = textOf('websocat', {
        key: 'eeg_signal',
        others: { sampling_rate: 250, unit: 'mV', channel_names: ["O'1", 'O2'] },
      })
      const { stdout } = await run('sh', ['-c', text], { cwd: dir, env, maxBuffer: 16 * 1024 ** 2 })
      const [called, line, rest] = stdout.split('\n')
      expect([called, rest]).toEqual([`-n1 -B 67108864 ${url}`, ''])
      expect(JSON.parse(line ?? '')).toMatchObject({
        type: 'inference_request',
        data: {
          eeg_signal: facePicture(1).toString('base64'),
          sampling_rate: 250,
          unit: 'mV',
          channel_names: ["O'1", 'O2'],
        },
      })
    },
  )
})
