import { describe, expect, it } from 'vitest'
import { quoted } from '../../protocol/messages.ts'
import { PatientSource, type Missing, type SourceResult } from './source_result.ts'

const { signal } = new AbortController()
const absent: Missing = { state: 'absent', reason: quoted('not installed') }
const failed: Missing = { state: 'failed', reason: quoted('broken') }

/** The polls, of the first `polls`, in which the source was read. */
async function askedIn(
  polls: number,
  answerOf: (call: number) => SourceResult<object>,
  options: { intervalMs: number; freshMs?: number },
): Promise<number[]> {
  const asked: number[] = []
  let poll = 0
  const source = new PatientSource(async () => answerOf(asked.push(poll)), options)
  for (; poll < polls; poll += 1) await source.read(signal)
  return asked
}

describe('a source', () => {
  it('that answers is asked at each poll', async () => {
    expect(await askedIn(4, () => ({ state: 'read' }), { intervalMs: 5000 })).toEqual([0, 1, 2, 3])
  })
  it('whose answer is good for longer is asked less often', async () => {
    const options = { intervalMs: 5000, freshMs: 15_000 }
    expect(await askedIn(7, () => ({ state: 'read' }), options)).toEqual([0, 3, 6])
  })
  it('that is absent is looked for once a minute', async () => {
    expect(await askedIn(25, () => absent, { intervalMs: 5000 })).toEqual([0, 12, 24])
    expect(await askedIn(3, () => absent, { intervalMs: 90_000 })).toEqual([0, 1, 2])
  })
  it('that fails rests twice as long each time, up to a minute', async () => {
    expect(await askedIn(52, () => failed, { intervalMs: 5000 })).toEqual([
      0, 1, 3, 7, 15, 27, 39, 51,
    ])
  })
  it('that answers again is asked at each poll again', async () => {
    const answers = [failed, failed, { state: 'read' as const }, failed]
    const asked = await askedIn(7, (call) => answers[call - 1] ?? { state: 'read' }, {
      intervalMs: 5000,
    })
    expect(asked).toEqual([0, 1, 3, 4, 5, 6])
  })
  it('keeps its last answer while it rests', async () => {
    const source = new PatientSource(async () => absent, { intervalMs: 5000 })
    expect([await source.read(signal), await source.read(signal)]).toEqual([absent, absent])
  })
  it('that throws has failed, with the words of the error', async () => {
    const source = new PatientSource(async () => Promise.reject(new Error('no line')), {
      intervalMs: 5000,
    })
    expect(await source.read(signal)).toEqual({ state: 'failed', reason: quoted('no line') })
  })
})
