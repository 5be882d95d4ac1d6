import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUILTIN_BACKENDS } from '../../protocol/builtin_backends.ts'
import { readResult } from '../../protocol/results.ts'
import { joinBinary } from '../../protocol/binary.ts'
import { endStarted, startNode } from '../../testing/processes.ts'
import { connect, type Message, type WireClient } from '../../testing/wire_client.ts'

async function startClient(dialect: string): Promise<WireClient> {
  const backend = startNode(['scripts/backend.mjs', 'eeg', '--port', '0', '--dialect', dialect])
  const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
  await backend.waitFor(/ready on/)
  return connect(url)
}

let native: WireClient
let platform: WireClient
beforeAll(async () => {
  ;[native, platform] = await Promise.all([startClient('native'), startClient('platform')])
}, 60_000)
afterAll(async () => {
  await Promise.all([native.close(), platform.close()])
  await endStarted()
})

const rows = (seconds: number) =>
  Array.from({ length: seconds * 250 }, (_, at) => {
    const wave = (hz: number) => Math.sin((2 * Math.PI * hz * at) / 250)
    return [20 * wave(10) + 5 * wave(20) + wave(6), 18 * wave(10) + 6 * wave(20) + wave(6)]
  })
const request = (data: object): Message => ({
  type: 'inference_request',
  request_id: 'e',
  model_type: 'eeg',
  timestamp: 1_700_000_000,
  data,
})

it('a health check is answered with what it accepts and returns', async () => {
  expect(await native.ask({ type: 'health_check' })).toMatchObject({
    descriptor: BUILTIN_BACKENDS.eeg,
  })
})

describe('the platform is answered as documented', () => {
  it('with score, state and windows of 2 s every 1 s', async () => {
    const reply = await platform.ask(request({ eeg_signal: rows(10), subject_id: 's1' }))
    expect(reply).toMatchObject({
      type: 'inference_response',
      request_id: 'e',
      model_type: 'eeg',
      result: { status: 'success', latency_ms: expect.any(Number) as number },
    })
    const { predictions } = reply.result as { predictions: Message }
    expect(readResult(predictions)?.kind).toBe(BUILTIN_BACKENDS.eeg.returns[0]?.kind)
    expect(predictions).toMatchObject({
      brain_load_score: expect.any(Number) as number,
      state: expect.stringMatching(/^(low|high)$/) as string,
      num_windows: 9,
      subject_id: 's1',
      inference_time_ms: expect.any(Number) as number,
    })
    const windows = predictions.window_results as Message[]
    expect(windows[1]).toEqual({
      window_index: 1,
      t_start_s: 1,
      t_end_s: 3,
      score_raw: expect.any(Number) as number,
      score_ema: expect.any(Number) as number,
      state: expect.any(String) as string,
      state_changed: expect.any(Boolean) as boolean,
      engagement: expect.any(Number) as number,
    })
  })

  it('too short: empty window_results and a message', async () => {
    const reply = await platform.ask(request({ eeg_signal: rows(1) }))
    expect(reply.result).toMatchObject({
      status: 'success',
      predictions: { window_results: [], num_windows: 0, message: expect.any(String) as string },
    })
  })

  it('a wrong row is an error result that names it', async () => {
    const signal: number[][] = rows(4)
    signal[16] = [1, 2, 3]
    const reply = await platform.ask(request({ eeg_signal: signal }))
    expect(reply.result).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/row 17 .* 3 values, not 2/) as string,
    })
  })
})

describe('the native dialect', () => {
  const text = rows(6)
    .map((row) => row.join(' '))
    .join('\n')

  it('reads a TXT file of two columns in base64, and the same as an attachment', async () => {
    const inText = await native.ask(request({ eeg_signal: Buffer.from(text).toString('base64') }))
    const header = request({ eeg_signal: { $attachment: 0, length: text.length } })
    const inBinary = await native.ask(
      Buffer.from(joinBinary(JSON.stringify(header), [Buffer.from(text)])),
    )
    for (const { data } of [inText, inBinary]) {
      expect(data).toMatchObject({
        num_windows: 5,
        recording: { channels: ['Fp1', 'Fp2'], sampling_rate: 250 },
        index: { kind: 'index', validated: false },
        eye_state: null,
        eye_state_reason: expect.any(String) as string,
        model: { validated: false, kind: 'index' },
      })
    }
    expect((inText.data as Message).brain_load_score).toBe(
      (inBinary.data as Message).brain_load_score,
    )
  })

  it('finds the alpha wave in the alpha band', async () => {
    const { data } = await native.ask(request({ eeg_signal: rows(10) }))
    const [fp1] = (
      data as { channels: { features: { band_power_relative: Record<string, number> } }[] }
    ).channels
    expect(fp1?.features.band_power_relative.alpha).toBeGreaterThan(0.8)
  })

  it.each([
    ['a missing signal', {}, /data\.eeg_signal is missing/],
    ['broken base64', { eeg_signal: '!' }, /eeg_signal is not base64/],
    ['a rate out of range', { eeg_signal: rows(3), sampling_rate: 5 }, /sampling_rate.*5.*32/],
    ['a subject that is a list', { eeg_signal: rows(3), subject_id: [] }, /subject_id/],
    ['a file of another kind', { eeg_signal: Buffer.from('%PDF-1.7').toString('base64') }, /PDF/],
    ['a wrong option', { eeg_signal: rows(3), engagement_midpoint: -1 }, /engagement_midpoint/],
  ])('%s is refused by name', async (_title, data, words) => {
    const reply = await native.ask(request(data))
    expect(reply).toMatchObject({ type: 'error', code: 'invalid_request', request_id: 'e' })
    expect(reply.error).toMatch(words)
  })

  const samples = process.env.SWITCHYARD_SAMPLES
  it.skipIf(samples === undefined)(
    'the recorded sample has an eye state in its range',
    async () => {
      const csv = readFileSync(path.join(samples ?? '', 'eeg/eeg-eye-state.csv'))
      const { data } = await native.ask(
        request({ eeg_signal: csv.toString('base64'), sampling_rate: 128 }),
      )
      expect(data).toMatchObject({
        eye_state: {
          prediction: expect.stringMatching(/open|closed/) as string,
          model: { validated: false },
        },
        recording: { sampling_rate: 128 },
      })
    },
  )
})
