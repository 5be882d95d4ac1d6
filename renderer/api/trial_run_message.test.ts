import { expect, it } from 'vitest'
import type { ControlClient } from '../../client/control_client.ts'
import { sendToTrialRun } from './trial_run_message.ts'

it.each([10, 256 * 1024, 256 * 1024 + 1, 3 * 1024 ** 2])(
  'a message of %i characters arrives whole, in calls below one mebibyte',
  async (length) => {
    const text = Array.from({ length }, (_, at) => String(at % 10)).join('')
    const uploads = new Set<unknown>()
    let whole = ''
    const call = (method: string, params: Record<string, unknown>) => {
      expect(JSON.stringify({ method, params }).length).toBeLessThan(1024 ** 2 / 2)
      uploads.add(params['upload'])
      whole += String(params['part'] ?? params['message'])
      return Promise.resolve(method === 'trials.send' ? { text: whole, round_trip_ms: 1 } : {})
    }
    const answer = await sendToTrialRun(call as ControlClient['call'], text)
    expect(answer.text).toBe(text)
    expect(uploads.size).toBe(1)
  },
)
