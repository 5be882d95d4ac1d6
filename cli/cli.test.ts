/** The `switchyard` CLI against a running panel and without one. Real processes. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from './main.ts'
import { endPanels, startHeadless, type Panel } from '../testing/headless.ts'
import { facePicture } from '../testing/pictures.ts'
import { freePort, ROOT_DIR, startNode, STATE_DIR, until } from '../testing/processes.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'cli-'))
const picture = path.join(folder, 'face.jpg')
writeFileSync(picture, facePicture(1))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function run(args: string[], env: Record<string, string> = {}) {
  const running = startNode(['scripts/switchyard.mjs', ...args], env)
  const { code } = await running.exited
  return { code, output: running.output() }
}
/** Four seconds of two channels with 10 Hz, in microvolts, at 128 Hz. */
function alphaWave(): string {
  const rows = Array.from({ length: 512 }, (_, index) => {
    const value = 20 * Math.sin((2 * Math.PI * 10 * index) / 128)
    return `${(index / 128).toFixed(6)},${value.toFixed(3)},${(value * 0.8).toFixed(3)}`
  })
  return ['time,O1,O2', ...rows].join('\n')
}

const runJson = (...args: string[]) => runJsonIn({}, ...args)
async function runJsonIn(env: Record<string, string>, ...args: string[]) {
  const { code, output } = await run([...args, '--json'], env)
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
    const request = path.join(folder, 'request.json')
    const image = facePicture(1).toString('base64')
    writeFileSync(request, JSON.stringify({ type: 'inference_request', data: { image } }))
    const asked = await runJson('test', '--request', request, '--backend', 'emotion')
    expect(asked).toMatchObject({
      code: 0,
      value: { results: [{ file: request, reply: { type: 'inference_response' } }] },
    })
    const load = await runJson('bench', 'emotion', picture, '--clients', '2', '--seconds', '1')
    expect(load.value).toMatchObject({ clients: 2, errors: {} })
    expect(load.value['answers']).toBeGreaterThan(0)
    // Already running, so no event follows.
    expect(await run(['start', 'emotion'])).toMatchObject({ code: 0 })
    const { output } = await run(['logs', 'emotion', '--grep', 'ready on \\w+', '-n', '5'])
    expect(output).toContain('ready on CPU')
    const doctor = await runJson('doctor', '--file', panel.file)
    expect(doctor).toMatchObject({ code: 0 })
    expect(await run(['stop', '--all'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /emotion: disabled \(freed \d+ MiB RAM; port \d+ is free/,
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
    expect(refused.output).toMatch(/port must be within 1024-65535, not 80\. Use \d+\./)
    expect(readFileSync(panel.file, 'utf8')).toBe(text)
  })

  it('reads the configuration of the panel, or the file that is named', async () => {
    expect(await run(['config', 'get', 'emotion', 'health_interval'])).toMatchObject({
      code: 0,
      output: '0.5\n',
    })
    const file = path.join(folder, 'other.yaml')
    writeFileSync(file, 'model_backends:\n  nose: { port: 8801 } # kept\n')
    const set = await run(['config', 'set', 'nose', 'providers', '[cpu]', '--file', file])
    expect(set).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toMatch(/providers: \[ ?cpu ?\].*# kept/)
    expect(readFileSync(panel.file, 'utf8')).not.toContain('nose')
    const unknown = await run(['config', 'get', 'emotion', 'nose'])
    expect(unknown).toMatchObject({ code: 1 })
    expect(unknown.output).toContain('there is no key "nose"')
  })

  it('reports immediately that a backend is already off', async () => {
    const { code, value } = await runJson('stop', 'emotion')
    expect(code).toBe(0)
    expect(value).toMatchObject({ backends: [{ name: 'emotion', state: 'disabled' }] })
  })

  it('gives one JSON document for a failure too', async () => {
    const { code, value } = await runJson('start', 'nose')
    expect(code).toBe(1)
    expect(value).toMatchObject({ error: { exit_code: 1 } })
  })

  // Windows has no sh; Node handles the closed pipe the same way there.
  it.skipIf(process.platform === 'win32')('ends quietly when nobody reads on', async () => {
    const script = '( "$0" scripts/switchyard.mjs status; echo "code $?" >&2 ) | true'
    const { stderr } = await promisify(execFile)('sh', ['-c', script, process.execPath], {
      cwd: ROOT_DIR,
      env: { ...process.env, SWITCHYARD_STATE_DIR: STATE_DIR },
    })
    expect(stderr).toBe('code 0\n')
  })

  it('refuses a wrong token, and takes the one of the panel at that address', async () => {
    const wrong = await run(['status', '--url', panel.http], { SWITCHYARD_PANEL_TOKEN: 'wrong' })
    expect(wrong).toMatchObject({ code: 3 })
    expect(wrong.output).toContain('the token is wrong')
    expect(await run(['status', '--url', panel.http])).toMatchObject({ code: 0 })
  })

  it('takes a token from a file, and never from an argument', async () => {
    const file = path.join(folder, 'token')
    writeFileSync(file, `${panel.token}\n`)
    const elsewhere = { SWITCHYARD_STATE_DIR: folder, SWITCHYARD_PANEL_TOKEN: 'wrong' }
    const status = ['status', '--url', panel.http]
    expect(await run([...status, '--token-file', file], elsewhere)).toMatchObject({ code: 0 })
    const missing = await run([...status, '--token-file', `${file}s`], elsewhere)
    expect(missing).toMatchObject({ code: 2 })
    expect(missing.output).toMatch(/--token-file .*tokens cannot be read: .*ENOENT/)
    const argument = await run([...status, '--token', panel.token])
    expect(argument).toMatchObject({ code: 2 })
    expect(argument.output).toContain("Unknown option '--token'")
  })

  it('follows the log until Ctrl+C, and then ends well', async () => {
    const following = startNode(['scripts/switchyard.mjs', 'logs', '-f'])
    await following.waitFor(/request_timeout|disabled|started/)
    following.signal('SIGINT')
    expect(await following.exited).toEqual({ code: 0, signal: null })
  })

  it('reports what failed, and with which code', async () => {
    expect(await run(['start', 'nose'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('there is no backend "nose"; known: emotion') as string,
    })
    const off = await run(['test', picture, '--backend', 'emotion'])
    expect(off).toMatchObject({ code: 1 })
    expect(off.output).toContain('not_ready: emotion is disabled')
    expect(await run(['start'])).toMatchObject({ code: 2 })
    const readiness = await fetch(`${panel.http}/backends/emotion/health/ready`)
    expect(readiness.status).toBe(503)
  })

  it('has the panel read its configuration again', async () => {
    const text = readFileSync(panel.file, 'utf8')
    writeFileSync(panel.file, 'model_backends: [')
    const refused = await run(['config', 'reload'])
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.output).toContain(`${panel.file}:1`)
    writeFileSync(panel.file, text)
    expect(await run(['config', 'reload'])).toMatchObject({ code: 0 })
  })
})

describe('a backend that will not start', () => {
  beforeAll(async () => {
    const port = await freePort()
    await startHeadless(
      `model_backends:\n  broken: { port: ${port}, runtime: command, command: [node, -e, process.exit(3)], max_reconnect_attempts: 1, reconnect_interval: 1 }\n  slow: { port: ${await freePort()}, runtime: command, command: [node, -e, 'setInterval(() => {}, 1000)'] }\n`,
    )
  })
  afterAll(endPanels)

  it('is awaited until it has failed for good, and each attempt is reported', async () => {
    const { code, output } = await run(['start', 'broken'])
    expect(code).toBe(1)
    expect(output).toContain('the next try is waited for')
    expect(output).toMatch(/broken: failed \(/)
  })

  it('is awaited until Ctrl+C; the start goes on', async () => {
    const starting = startNode(['scripts/switchyard.mjs', 'start', 'slow'])
    const isStarting = async () => {
      const { value } = await runJson('status', 'slow')
      const [one] = value['backends'] as { state: string }[]
      return one?.state === 'starting'
    }
    await until('the start of slow', isStarting)
    starting.signal('SIGINT')
    expect(await starting.exited).toEqual({ code: 1, signal: null })
    expect(starting.output()).toContain('interrupted')
    expect(await isStarting()).toBe(true)
  })
})

it('describes every command and every option', () => {
  const program = createProgram('1.0.0', () => () => Promise.resolve())
  const commands = [
    program,
    ...program.commands,
    ...program.commands.flatMap((one) => one.commands),
  ]
  const described = commands.flatMap((one) => [
    one.description(),
    ...one.options.map((option) => option.description),
  ])
  // The usage describes the program itself.
  expect(described.slice(1)).not.toContain('')
})

describe('alone', () => {
  const env = { SWITCHYARD_STATE_DIR: path.join(folder, 'state') }

  it('reports that no panel runs and how to start one', async () => {
    const { code, output } = await run(['status'], env)
    expect(code).toBe(3)
    expect(output).toContain('npm start')
  })

  it('checks a configuration, with the line and the remedy', async () => {
    const file = path.join(folder, 'bad.yaml')
    writeFileSync(file, 'model_backends:\n  emotion:\n    port: 80\n')
    const bad = await run(['config', 'check', file], env)
    expect(bad.code).toBe(1)
    expect(bad.output).toContain(`${file}:3: emotion: port must be`)
    expect(await run(['config', 'check'], env)).toMatchObject({ code: 0 })
    writeFileSync(file, 'model_backends:\n  animals: { port: 8769 }\n')
    const unknown = await run(['config', 'check', file], env)
    expect(unknown.code).toBe(1)
    expect(unknown.output).toContain(`${file}:2: animals: There is no built-in backend "animals".`)
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
      output: expect.stringContaining('No crashes on record.') as string,
    })
    expect(existsSync(env.SWITCHYARD_STATE_DIR)).toBe(true)
  })

  it('tests a backend on its own port, straight', async () => {
    const port = await freePort()
    const file = path.join(folder, 'eeg.yaml')
    writeFileSync(file, `model_backends:\n  eeg: { port: ${port} }\n`)
    const recording = path.join(folder, 'rest.csv')
    writeFileSync(recording, alphaWave())
    const args = ['test', recording, '--backend', 'eeg', '--file', file]
    const absent = await run(args, env)
    expect(absent).toMatchObject({ code: 1 })
    expect(absent.output).toContain(`Could not connect to eeg at ws://localhost:${port} (`)
    const backend = startNode(['scripts/backend.mjs', 'eeg', '--config', file], env)
    await backend.waitFor(/ready on/)
    const { code, value } = await runJsonIn(env, ...args)
    expect(code).toBe(0)
    expect(value).toMatchObject({
      url: `ws://localhost:${port}`,
      results: [{ file: recording, reply: { type: 'inference_response' } }],
    })
    await endPanels()
  })

  it('explains itself, and refuses what it does not know', async () => {
    const help = await run(['--help'], env)
    expect(help).toMatchObject({ code: 0 })
    expect(help.output).toMatch(/^ {2}doctor +Check Node/m)
    expect(await run(['dance'], env)).toMatchObject({ code: 2 })
    expect(await run(['status', '--nope'], env)).toMatchObject({ code: 2 })
  })

  it('lists the keys of a section as the schema describes them', async () => {
    const keys = await run(['config', 'keys'], env)
    expect(keys).toMatchObject({ code: 0 })
    expect(keys.output).toContain(
      'request_timeout: number 0.1 to 3600 (seconds); default 30; applies immediately\n',
    )
    expect((await run(['config', 'set', '--help'], env)).output).toContain(keys.output)
  })
})
