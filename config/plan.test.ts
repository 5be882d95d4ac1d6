import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelsConfigSchema } from '../protocol/config.ts'
import { planOf, type PlanAction } from './plan.ts'

type Section = Record<string, unknown>
const configOf = (sections: Record<string, Section>) =>
  modelsConfigSchema.parse({ model_backends: sections })
const A = { port: 8770 }

describe('planOf', () => {
  const cases: [string, Section | null, Section | null, PlanAction, string[], RegExp][] = [
    ['nothing changed', A, A, 'leave', [], /nothing has changed/],
    ['a default is spelt out', A, { ...A, host: 'localhost' }, 'leave', [], /nothing/],
    ['a new section is enabled', null, { ...A, enabled: true }, 'start', [], /new and enabled/],
    ['a new section is not enabled', null, A, 'add', [], /stays off/],
    ['a section was removed', A, null, 'remove', [], /was removed: it stops/],
    [
      'it is switched on',
      A,
      { ...A, enabled: true },
      'start',
      ['enabled'],
      /^enabled is true now: it starts$/,
    ],
    [
      'it is switched off and its port changes',
      { ...A, enabled: true },
      { port: 8771 },
      'stop',
      ['enabled', 'port'],
      /^enabled is false now: it stops with the new port$/,
    ],
    [
      'a timeout changes',
      A,
      { ...A, request_timeout: 9 },
      'live',
      ['request_timeout'],
      /^request_timeout takes effect immediately$/,
    ],
    [
      'the queue changes',
      A,
      { ...A, queue_limit: 9, cache_size: 0 },
      'restart',
      ['queue_limit', 'cache_size'],
      /^queue_limit and cache_size are read at the start: it restarts if it runs$/,
    ],
    [
      'a timeout and an option change',
      A,
      { ...A, request_timeout: 9, options: { window: 3 } },
      'restart',
      ['request_timeout', 'options'],
      /^options is read at the start/,
    ],
    [
      'the order of a list changes',
      { ...A, providers: ['cuda', 'cpu'] },
      { ...A, providers: ['cpu', 'cuda'] },
      'restart',
      ['providers'],
      /providers is read/,
    ],
  ]
  it.each(cases)('%s', (_title, before, after, action, keys, why) => {
    const [step, ...more] = planOf(
      configOf(before === null ? {} : { a: before }),
      configOf(after === null ? {} : { a: after }),
    )
    expect(more).toEqual([])
    expect(step).toMatchObject({ backend: 'a', action, keys })
    expect(step?.why.message).toMatch(why)
  })

  it.each([true, false])(
    'a switch for the next start alone starts and stops nothing: %s',
    (enabled) => {
      const of = (section: Section) => configOf({ a: section })
      const keepState = new Set(['a'])
      expect(
        planOf(of({ ...A, enabled: !enabled }), of({ ...A, enabled }), keepState),
      ).toMatchObject([
        {
          action: 'live',
          why: { message: `enabled is ${enabled} from the next start of Switchyard on` },
        },
      ])
      // Necessary restarts still happen, and other backends are switched as usual.
      const moved = of({ port: 8771, enabled })
      expect(planOf(of({ ...A, enabled: !enabled }), moved, keepState)).toMatchObject([
        { action: 'restart' },
      ])
      expect(
        planOf(of({ ...A, enabled: !enabled }), of({ ...A, enabled }), new Set(['b'])),
      ).toMatchObject([{ action: enabled ? 'start' : 'stop' }])
    },
  )

  it('reports that a backend which was started by hand is out of date when it is switched on', () => {
    const step = (after: Section) => planOf(configOf({ a: A }), configOf({ a: after }))[0]
    expect(step({ ...A, enabled: true })).toMatchObject({ action: 'start', isStale: false })
    expect(step({ port: 8771, enabled: true })).toMatchObject({ action: 'start', isStale: true })
  })

  it('stops one and starts the other when a section gets another name', () => {
    const on = { ...A, enabled: true }
    expect(planOf(configOf({ a: on }), configOf({ b: on }))).toMatchObject([
      { backend: 'b', action: 'start' },
      { backend: 'a', action: 'remove' },
    ])
  })

  const section = fc.record(
    {
      port: fc.integer({ min: 8766, max: 8999 }),
      enabled: fc.boolean(),
      request_timeout: fc.integer({ min: 1, max: 3 }),
      cache_size: fc.integer({ min: 0, max: 2 }),
    },
    { requiredKeys: ['port'] },
  )
  const file = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), section)
    .map((sections) => configOf(sections))

  it('has one step for each backend of either file, and leaves exactly those that are the same', () => {
    fc.assert(
      fc.property(file, file, (before, after) => {
        const plan = planOf(before, after)
        const names = new Set([
          ...Object.keys(before.model_backends),
          ...Object.keys(after.model_backends),
        ])
        expect(new Set(plan.map(({ backend }) => backend))).toEqual(names)
        expect(plan).toHaveLength(names.size)
        for (const { backend, action } of plan) {
          const [old, next] = [before.model_backends[backend], after.model_backends[backend]]
          const isSame = JSON.stringify(old) === JSON.stringify(next)
          expect(action === 'leave').toBe(isSame)
        }
      }),
    )
  })
})
