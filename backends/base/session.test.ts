import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ExecutionProvider } from '../../protocol/config.ts'
import type { BackendLog } from './backend.ts'
import { createSession, providersOf } from './session.ts'

/** The smallest converted model, from `npm run models`. */
const MODEL = resolve(import.meta.dirname, '../faces/model/blazeface.onnx')
/** Missing in onnxruntime's build for this platform. */
const FOREIGN: ExecutionProvider = process.platform === 'darwin' ? 'dml' : 'coreml'

let lines: { level: string; message: string; fields: Record<string, unknown> }[]
let log: BackendLog
let dir: string

beforeEach(() => {
  lines = []
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      lines.push({ level, message, fields })
    }
  log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  dir = mkdtempSync(join(tmpdir(), 'switchyard-session-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})
const warnings = () => lines.filter(({ level }) => level === 'warn' || level === 'error')

describe('createSession', () => {
  test('a foreign provider is reported, not silently dropped, and the next one runs', async () => {
    const { session, requested, granted, placement, attempts } = await createSession(MODEL, {
      providers: [FOREIGN, 'cpu'],
      threads: 1,
      log,
    })
    expect(requested).toEqual([FOREIGN === 'dml' ? 'DirectML' : 'CoreML', 'CPU'])
    expect(granted).toBe('CPU')
    expect(placement).toMatchObject({
      provider: 'CPU',
      onCpu: [],
      sentence: { message: 'all nodes on CPU' },
    })
    expect(attempts).toEqual([
      { provider: FOREIGN, error: expect.stringContaining('does not contain it') as string },
    ])
    expect(warnings()).toMatchObject([{ fields: { provider: FOREIGN } }])
    const image = new Tensor('uint8', new Uint8Array(256 * 256 * 3), [1, 256, 256, 3])
    expect(await session.run({ image })).toHaveProperty('cls_16')
    await session.release()
  })

  test('auto ends in a provider that works', async () => {
    const auto = { providers: 'auto', threads: 1, log, onFallback: 'fail' } as const
    const { session, granted } = await createSession(MODEL, auto)
    expect(granted).not.toBe('')
    expect(warnings()).toEqual([])
    await session.release()
  })

  test('on_fallback: allow logs nothing above info', async () => {
    const options = { providers: [FOREIGN, 'cpu'], threads: 1, log, onFallback: 'allow' } as const
    const { session } = await createSession(MODEL, options)
    expect(warnings()).toEqual([])
    await session.release()
  })

  test('on_fallback: fail names what was requested, what was granted and why', async () => {
    const options = { providers: [FOREIGN, 'cpu'], threads: 1, log, onFallback: 'fail' } as const
    await expect(createSession(MODEL, options)).rejects.toThrow(
      /(CoreML|DirectML), CPU was requested and CPU granted, .*does not contain it; set on_fallback: warn/,
    )
  })

  test('on_fallback: fail lets the first of the list pass', async () => {
    const options = { providers: ['cpu'], threads: 1, log, onFallback: 'fail' } as const
    const { session, granted } = await createSession(MODEL, options)
    expect(granted).toBe('CPU')
    await session.release()
  })

  test('providers that do not load and no cpu: the error names each reason and the remedy', async () => {
    const create = createSession(MODEL, { providers: [FOREIGN], threads: 1, log })
    await expect(create).rejects.toThrow(/loads on no execution provider: .*\. Add cpu to the end/)
  })

  test('a missing file names its path and the remedy', async () => {
    const path = join(dir, 'absent.onnx')
    const create = createSession(path, { providers: ['cpu'], threads: 1, log })
    await expect(create).rejects.toThrow(
      `The model file ${path} is missing. Run \`npm run models\`.`,
    )
  })

  test('a damaged file names its path and the remedy', async () => {
    const path = join(dir, 'damaged.onnx')
    writeFileSync(path, readFileSync(MODEL).subarray(0, 5000))
    const create = createSession(path, { providers: ['cpu'], threads: 1, log })
    await expect(create).rejects.toThrow(
      /damaged\.onnx could not be loaded\. .* run `npm run models`\. .*: Protobuf parsing failed\./,
    )
  })
})

test.each(['linux', 'win32', 'darwin', 'freebsd'] as const)(
  'auto on %s ends in the CPU',
  (platform) => {
    expect(providersOf(platform).at(-1)).toBe('cpu')
  },
)
