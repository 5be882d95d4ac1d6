import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadEyeModel, parseEyeModel } from './eye_model.ts'

const PATH = new URL('model/eye_state.json', import.meta.url).pathname
const BYTES = readFileSync(PATH)

describe('the committed model', () => {
  test('is read with its hash, and is marked as not validated', async () => {
    const { file, sha256, bytes } = await loadEyeModel(PATH)
    expect(file).toMatchObject({ validated: false, training: { people: 1, recordings: 1 } })
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(bytes).toBe(BYTES.byteLength)
    expect(bytes).toBeLessThan(10_000)
  })

  test('claims no more than its evaluation: every fold is there, and the pooled windows are their sum', () => {
    const { evaluation } = parseEyeModel(BYTES).file
    expect(evaluation.folds).toHaveLength(8)
    for (const key of ['windows', 'closed'] as const) {
      expect(evaluation.pooled[key]).toBe(
        evaluation.folds.reduce((sum, fold) => sum + fold[key], 0),
      )
    }
  })

  test('is refused when it was made for other preprocessing, or is damaged', async () => {
    const { file } = parseEyeModel(BYTES)
    const changes = [
      { sampling_rate_hz: 250 },
      { window_s: 1 },
      { channels: [...file.channels].reverse() },
      { weights: file.weights.slice(1) },
      { validated: true },
    ]
    for (const change of changes) {
      const text = JSON.stringify({ ...file, ...change })
      expect(() => parseEyeModel(new TextEncoder().encode(text))).toThrow()
    }
    await expect(loadEyeModel(new URL('README.md', import.meta.url).pathname)).rejects.toThrow(
      'is not the eye state model; restore it, or run train.ts',
    )
  })
})
