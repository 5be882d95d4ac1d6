// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { aBackend } from '../../testing/views.ts'
import { eegRateOf } from './eeg_input.ts'
import { PREFERENCES_KEY, preferencesOf } from './preferences.ts'
import {
  aimAt,
  chooseTargets,
  chosenTargets,
  readyTargets,
  usePlayground,
} from './playground_store.ts'

const [fatigue, emotion, eeg] = ['fatigue', 'emotion', 'eeg'].map((name) => aBackend({ name }))
const all = [fatigue!, emotion!, eeg!]
const nobody = { image: null, eeg: null }

describe('an input goes', () => {
  test('to every ready backend that takes its kind, when nobody chose', () => {
    expect(chosenTargets(nobody, 'image', all)).toEqual(['fatigue', 'emotion'])
    expect(chosenTargets(nobody, 'eeg', all)).toEqual(['eeg'])
  })
  test('to those that are ready, and not to those that are off', () => {
    const off = aBackend({ name: 'fatigue', state: 'disabled' })
    expect(chosenTargets(nobody, 'image', [off, emotion!, eeg!])).toEqual(['emotion'])
  })
  test('to the first that could be started, when none is ready', () => {
    const off = all.map((backend) => ({ ...backend, state: 'disabled' as const }))
    expect(chosenTargets(nobody, 'image', off)).toEqual(['fatigue'])
    expect(readyTargets(nobody, 'image', off)).toEqual([])
  })
  test('nowhere, when no backend takes its kind', () => {
    expect(chosenTargets(nobody, 'eeg', [emotion!])).toEqual([])
  })
  test('where it was sent by hand, even to nobody', () => {
    expect(chosenTargets({ ...nobody, image: ['eeg'] }, 'image', all)).toEqual(['eeg'])
    expect(chosenTargets({ ...nobody, image: [] }, 'image', all)).toEqual([])
  })
  test('by the rule again when nothing of the own choice is left in the config', () => {
    expect(chosenTargets({ ...nobody, image: ['gone'] }, 'image', all)).toEqual([
      'fatigue',
      'emotion',
    ])
  })
})

test('the choice of a kind is remembered, a drop on a row is not', () => {
  chooseTargets('image', ['emotion'])
  aimAt('eeg', 'emotion')
  expect(usePlayground.getState().targets).toEqual({ image: ['emotion'], eeg: ['emotion'] })
  const stored = preferencesOf(JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}'))
  expect(stored.targets).toEqual({ image: ['emotion'], eeg: null })
})

test.each([
  ['', null],
  [' ', null],
  ['128', 128],
  ['125,5', 125.5],
  ['31', undefined],
  ['16000', 16000],
  ['20001', undefined],
  ['fast', undefined],
])('the typed sampling rate %j is %j', (typed, rate) => {
  expect(eegRateOf(typed)).toBe(rate)
})
