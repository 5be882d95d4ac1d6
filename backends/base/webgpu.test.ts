/** The WebGPU provider on software Vulkan: SwiftShader of Debian's chromium. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { convolutionModel } from '../../testing/tiny_onnx.ts'
import { endStarted, startNode } from '../../testing/processes.ts'

/** Driver description; Debian package libvulkan1 loads it. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json'
const LOADERS = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (folder) => `/usr/lib/${folder}/libvulkan.so.1`,
)
const missing = [
  ...(existsSync(DRIVER) ? [] : [`${DRIVER} (Debian: chromium)`]),
  ...(LOADERS.some((file) => existsSync(file)) ? [] : ['libvulkan.so.1 (Debian: libvulkan1)']),
]
const obstacle = missing.length === 0 ? null : `skipped, for want of ${missing.join(' and ')}`
if (obstacle !== null) console.log(`webgpu.test.ts: ${obstacle}`)

/** SwiftShader compiles its shaders in seconds. */
const TIMEOUT_MS = 60_000
const CHILD = fileURLToPath(new URL('./webgpu_child.ts', import.meta.url))

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchyard-webgpu-'))
})
afterAll(() => {
  rmSync(dir, { recursive: true })
})
afterEach(endStarted)

/** One process each: two parallel WebGPU sessions crash a process. */
async function openOnWebGpu(model: Uint8Array, onFallback: string): Promise<unknown> {
  const file = join(dir, `${onFallback}.onnx`)
  writeFileSync(file, model)
  const child = startNode(['--import', 'tsx', CHILD, file, onFallback], {
    VK_ICD_FILENAMES: DRIVER,
  })
  const [line] = await child.waitFor(/^\{.*\}$/m)
  await child.exited
  return JSON.parse(line) as unknown
}

const PARTLY = /\d of \d nodes on WebGPU, 1 on CPU: choose/

describe.skipIf(obstacle !== null)('WebGPU', { timeout: TIMEOUT_MS }, () => {
  test('runs every node of a convolution, by profile, and answers like the CPU', async () => {
    const found = await openOnWebGpu(convolutionModel(32), 'fail')
    expect(found).toMatchObject({
      requested: ['WebGPU'],
      granted: 'WebGPU',
      // More than the two of the file: the provider adds layout conversions.
      placement: {
        onCpu: [],
        sentence: { message: expect.stringMatching(/^all \d nodes on WebGPU$/) as string },
      },
      warnings: [],
      values: 2 * 8 * 32 * 32,
    })
    const { placement, largest } = found as { placement: { nodes: object }; largest: number }
    expect(Object.keys(placement.nodes)).toEqual(['WebGPU'])
    expect(largest).toBeLessThan(1e-5)
  })

  test('a node that it cannot run is named, with a warning, and the rest still runs on it', async () => {
    const model = convolutionModel(8, { withHardmax: true })
    const sentence = expect.stringMatching(PARTLY) as string
    expect(await openOnWebGpu(model, 'warn')).toMatchObject({
      granted: 'WebGPU',
      placement: { nodes: { CPU: 1 }, onCpu: ['choose'], sentence: { message: sentence } },
      warnings: [sentence],
    })
  })

  test('on_fallback: fail refuses such a model and gives the reason', async () => {
    const model = convolutionModel(8, { withHardmax: true })
    const { error } = (await openOnWebGpu(model, 'fail')) as { error: string }
    expect(error).toContain('WebGPU was requested and WebGPU granted, ')
    expect(error).toMatch(PARTLY)
  })
})
