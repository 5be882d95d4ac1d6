/** `switchyard` as a person types it: against a running panel, and alone. Real processes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endPanels, startHeadless, type Panel } from '../../testing/headless.ts'
import { facePicture } from '../../testing/pictures.ts'
import { freePort, startNode } from '../../testing/processes.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'cli-'))
const picture = path.join(folder, 'face.jpg')
writeFileSync(picture, facePicture(1))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function run(args: string[], env: Record<string, string> = {}) {
  const running = startNode(['build/switchyard.mjs', ...args], env)
  const { code } = await running.exited
  return { code, output: running.output() }
}
const runJson = async (...args: string[]) => {
  const { code, output } = await run([...args, '--json'])
  return { code, value: JSON.parse(output.slice(output.indexOf('{'))) as Record<string, unknown> }
}

describe('against a running panel', () => {
  let panel: Panel
  beforeAll(async () => {
    const port = await freePort()
    panel = await startHeadless(
      `model_backends:\n  # what sees faces\n  emotion: { port: ${port}, health_interval: 0.5 }\n`,
    )
  })
  afterAll(endPanels)

  it('starts, tests, loads, reads the log, and stops, saying what that gave back', async () => {
    expect(await run(['start', 'emotion'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('emotion: ready (on CPU)') as string,
    })
    const { value: status } = await runJson('status')
    expect(status).toMatchObject({ backends: [{ name: 'emotion', state: 'ready' }] })
    const tested = await run(['test', picture, '--backend', 'emotion'])
    expect(tested).toMatchObject({ code: 0 })
    expect(tested.output).toMatch(/face\.jpg: \w+ 0\.\d\d, \d+\.\d ms \(backend/)
    const load = await runJson('bench', 'emotion', picture, '--clients', '2', '--seconds', '1')
    expect(load.value).toMatchObject({ clients: 2, errors: {} })
    expect(load.value['answers']).toBeGreaterThan(0)
    const { output } = await run(['logs', 'emotion', '--grep', 'ready on \\w+', '-n', '5'])
    expect(output).toContain('ready on CPU')
    const doctor = await runJson('doctor', '--file', panel.file)
    expect(doctor).toMatchObject({ code: 0 })
    expect(await run(['stop', '--all'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /emotion: disabled \(returned \d+ MiB RAM; port \d+ is free/,
      ) as string,
    })
  })

  it('changes the configuration and keeps its comments', async () => {
    expect(await run(['config', 'set', 'emotion', 'request_timeout', '12'])).toMatchObject({
      code: 0,
    })
    const text = readFileSync(panel.file, 'utf8')
    expect(text).toContain('request_timeout: 12')
    expect(text).toContain('# what sees faces')
    const refused = await run(['config', 'set', 'emotion', 'port', '80'])
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.output).toMatch(/is 80; .*1024-65535/)
    expect(readFileSync(panel.file, 'utf8')).toBe(text)
  })

  it('follows the log until Ctrl+C, and then ends well', async () => {
    const following = startNode(['build/switchyard.mjs', 'logs', '-f'])
    await following.waitFor(/request_timeout|disabled|started/)
    following.signal('SIGINT')
    expect(await following.exited).toEqual({ code: 0, signal: null })
  })

  it('says what failed, and with which code', async () => {
    expect(await run(['start', 'nose'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('there is no backend "nose"; known: emotion') as string,
    })
    const off = await run(['test', picture, '--backend', 'emotion'])
    expect(off).toMatchObject({ code: 1 })
    expect(off.output).toContain('not_ready: emotion is disabled')
    expect(await run(['start'])).toMatchObject({ code: 2 })
  })
})

describe('alone', () => {
  const env = { SWITCHYARD_STATE_DIR: path.join(folder, 'state') }

  it('says that no panel runs and how to start one', async () => {
    const { code, output } = await run(['status'], env)
    expect(code).toBe(3)
    expect(output).toContain('npm start')
  })

  it('checks a configuration, with the line and the remedy', async () => {
    const file = path.join(folder, 'bad.yaml')
    writeFileSync(file, 'model_backends:\n  emotion:\n    port: 80\n')
    const bad = await run(['config', 'check', file], env)
    expect(bad.code).toBe(1)
    expect(bad.output).toContain(`${file}:3: model_backends.emotion.port`)
    expect(await run(['config', 'check'], env)).toMatchObject({ code: 0 })
  })

  it('looks at the machine, and lists crashes where there are none', async () => {
    const file = path.join(folder, 'free.yaml')
    writeFileSync(file, `model_backends:\n  emotion: { port: ${await freePort()} }\n`)
    const { code, output } = await run(['doctor', '--file', file], env)
    expect(output).toMatch(/ok +onnxruntime-node +its native library loads/)
    expect(output).toMatch(/warn +panel +none runs/)
    expect(code).toBe(0)
    expect(await run(['crashes'], env)).toMatchObject({
      code: 0,
      output: expect.stringContaining('No crash is on record.') as string,
    })
    expect(existsSync(env.SWITCHYARD_STATE_DIR)).toBe(true)
  })

  it('explains itself, and refuses what it does not know', async () => {
    const help = await run(['--help'], env)
    expect(help).toMatchObject({ code: 0 })
    expect(help.output).toContain('switchyard doctor')
    expect(await run(['dance'], env)).toMatchObject({ code: 2 })
    expect(await run(['status', '--nope'], env)).toMatchObject({ code: 2 })
  })
})
