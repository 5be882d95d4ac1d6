import { describe, expect, test } from 'vitest'
import { cpuPlacement, isAllOnProvider, readPlacement } from './placement.ts'

/** One event as onnxruntime 1.30 writes it. */
const ran = (name: string, provider: string, index = 0) => ({
  cat: 'Node',
  pid: 1,
  dur: 124,
  ph: 'X',
  name: `${name}_kernel_time`,
  args: { op_name: 'Any', provider: `${provider}ExecutionProvider`, node_index: String(index) },
})
const session = { cat: 'Session', pid: 1, dur: 9, ph: 'X', name: 'model_run', args: {} }
const fence = { ...ran('conv', 'WebGpu'), name: 'conv_fence_before' }

describe('readPlacement', () => {
  test('counts the nodes of each provider and names those on the CPU', () => {
    const profile = JSON.stringify([
      session,
      fence,
      ran('conv_2_token_2', 'WebGpu', 0),
      ran('relu_3', 'WebGpu', 1),
      ran('resize_12', 'CPU', 2),
    ])
    expect(readPlacement(profile, 'WebGPU')).toEqual({
      provider: 'WebGPU',
      nodes: { WebGPU: 2, CPU: 1 },
      onCpu: ['resize_12'],
      sentence: { message: '2 of 3 nodes on WebGPU, 1 on CPU: resize_12' },
    })
  })

  test('all nodes where they were meant to be is a short sentence', () => {
    const placement = readPlacement(JSON.stringify([ran('conv', 'CUDA')]), 'CUDA')
    expect(placement.sentence.message).toBe('all 1 nodes on CUDA')
    expect(isAllOnProvider(placement)).toBe(true)
  })

  test('a node that runs many times, as in a loop, counts once', () => {
    const profile = JSON.stringify([ran('add', 'CUDA', 3), ran('add', 'CUDA', 3)])
    expect(readPlacement(profile, 'CUDA').nodes).toEqual({ CUDA: 1 })
  })

  test('many nodes on the CPU are named in part in the sentence, all in the list', () => {
    const events = Array.from({ length: 11 }, (_, index) => ran(`shape_${index}`, 'CPU', index))
    const profile = JSON.stringify([ran('conv', 'Dml', 99), ...events])
    const placement = readPlacement(profile, 'DirectML')
    expect(placement.sentence.message).toMatch(
      /^1 of 12 nodes on DirectML, 11 on CPU: .* and 3 more$/,
    )
    expect(placement.onCpu).toHaveLength(11)
    expect(isAllOnProvider(placement)).toBe(false)
  })

  test('a provider that nobody knows here keeps its own name', () => {
    expect(readPlacement(JSON.stringify([ran('conv', 'Xnnpack')]), 'CPU').nodes).toEqual({
      Xnnpack: 1,
    })
  })

  test.each([
    ['no run', '[]'],
    ['no JSON', '{'],
    ['no profile', '{"a":1}'],
  ])('%s is refused', (_, text) => {
    expect(() => readPlacement(text, 'CUDA')).toThrow()
  })
})

test('on the CPU nothing needs a proof; an uncounted placement elsewhere is none', () => {
  expect(isAllOnProvider(cpuPlacement())).toBe(true)
  expect(isAllOnProvider({ ...cpuPlacement(), provider: 'CUDA' })).toBe(false)
})
