import { describe, expect, test } from 'vitest'
import { decodeDetections, suppress, type DetectorOutput } from './anchors.ts'

const emptyOutput = (): DetectorOutput => ({
  cls_16: new Float32Array(512).fill(-100),
  cls_32: new Float32Array(384).fill(-100),
  reg_16: new Float32Array(512 * 16),
  reg_32: new Float32Array(384 * 16),
})

describe('decodeDetections', () => {
  test('two anchors a cell at stride 16: centre, size and keypoints are relative to the cell', () => {
    const output = emptyOutput()
    // Row 2, column 3 of 16, second anchor: its centre is (56, 40).
    const anchor = (2 * 16 + 3) * 2 + 1
    output.cls_16[anchor] = 0
    output.reg_16.set([4, -2, 20, 30, -5, -6, 5, -6], anchor * 16)
    const [found, ...others] = decodeDetections(output, 0.5)
    expect(others).toEqual([])
    expect(found).toMatchObject({ score: 0.5, box: { x: 50, y: 23, width: 20, height: 30 } })
    expect(found?.keypoints.slice(0, 3)).toEqual([
      [51, 34],
      [61, 34],
      [56, 40],
    ])
  })

  test('six anchors a cell at stride 32', () => {
    const output = emptyOutput()
    const anchor = (1 * 8 + 7) * 6 + 5
    output.cls_32[anchor] = 2
    output.reg_32.set([0, 0, 10, 10], anchor * 16)
    const [found] = decodeDetections(output, 0.5)
    expect(found?.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 12)
    expect(found?.box).toEqual({ x: 235, y: 43, width: 10, height: 10 })
  })

  test('scores below the limit are left out, the others come best first', () => {
    const output = emptyOutput()
    output.cls_16[0] = 0.3
    output.cls_16[9] = 1
    output.cls_32[4] = -0.1
    expect(decodeDetections(output, 0.5).map(({ score }) => score.toFixed(2))).toEqual([
      '0.73',
      '0.57',
    ])
    expect(decodeDetections(output, 0.4)).toHaveLength(3)
  })
})

describe('suppress', () => {
  const face = (name: string, x: number, y: number, side: number) => ({
    name,
    box: { x, y, width: side, height: side },
  })

  test.each([
    { what: 'an overlap of more than 0.3 goes', second: face('b', 4, 0, 10), kept: ['a'] },
    { what: 'an overlap of less stays', second: face('b', 7, 0, 10), kept: ['a', 'b'] },
    { what: 'a small box inside a large one goes', second: face('b', 1, 1, 3), kept: ['a'] },
    { what: 'a large box around a small one goes', second: face('b', -20, -20, 60), kept: ['a'] },
  ])('$what', ({ second, kept }) => {
    const names = suppress([face('a', 0, 0, 10), second]).map(({ name }) => name)
    expect(names).toEqual(kept)
  })
})
