// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest'
import { DEFAULT_PREFERENCES, PREFERENCES_KEY } from './preferences.ts'
import { changePreferences, useUi } from './ui_store.ts'

beforeEach(() => changePreferences(DEFAULT_PREFERENCES))

const reload = (stored: string) => {
  localStorage.setItem(PREFERENCES_KEY, stored)
  return useUi.persist.rehydrate()
}

test('what an earlier version stored is read, an invalid value as its default', async () => {
  await reload('{"theme":"dark","paneWidth":"wide","eventsSeenSeq":7,"gone":1}')
  expect(useUi.getState()).toMatchObject({ theme: 'dark', paneWidth: null, eventsSeenSeq: 7 })
  expect(useUi.getState()).not.toHaveProperty('gone')
})

test('a change is stored in the same form, without what is not a preference', () => {
  changePreferences({ theme: 'light' })
  expect(JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '')).toEqual({
    ...DEFAULT_PREFERENCES,
    theme: 'light',
  })
})

test.each(['', 'no JSON', '[]', 'null'])('%j in storage reads as the defaults', async (stored) => {
  await reload(stored)
  expect(useUi.getState()).toMatchObject(DEFAULT_PREFERENCES)
})

test('what another window has shown counts as seen in this one too', () => {
  const newValue = JSON.stringify({ ...DEFAULT_PREFERENCES, eventsSeenSeq: 9, theme: 'dark' })
  dispatchEvent(new StorageEvent('storage', { key: PREFERENCES_KEY, newValue }))
  expect(useUi.getState()).toMatchObject({ eventsSeenSeq: 9, theme: 'system' })
})

test('a browser without room for a preference shows it all the same', () => {
  const setItem = vi.fn(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem })
  changePreferences({ theme: 'dark' })
  vi.unstubAllGlobals()
  expect(setItem).toHaveBeenCalled()
  expect(useUi.getState().theme).toBe('dark')
})

test('a text of another program in storage counts as nothing seen', () => {
  changePreferences({ eventsSeenSeq: 3 })
  dispatchEvent(new StorageEvent('storage', { key: PREFERENCES_KEY, newValue: 'no JSON' }))
  expect(useUi.getState().eventsSeenSeq).toBeNull()
})
