import { expect, test } from 'vitest'
import { compileCacheOf } from './compile_cache.ts'

test('compiled code is cached beside the sources, and in a package only where the app names a folder', () => {
  expect(compileCacheOf('/src', {})).toBe('/src/.cache/compile')
  const packaged = '/Applications/Switchyard.app/Contents/Resources/app.asar.unpacked'
  expect(compileCacheOf(packaged, {})).toBeNull()
  expect(compileCacheOf(packaged, { SWITCHYARD_COMPILE_CACHE: '/home/x' })).toBe('/home/x')
})
