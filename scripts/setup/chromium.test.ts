import { describe, expect, it } from 'vitest'
import { findChromium } from './chromium.mjs'

const find = (platform: string, env: NodeJS.ProcessEnv, ...present: string[]) =>
  findChromium({ platform, env, exists: (path) => present.includes(path) })

describe('findChromium', () => {
  it('takes CHROMIUM_PATH before anything else, unseen', () => {
    expect(find('linux', { CHROMIUM_PATH: '/opt/mine' }, '/usr/bin/chromium')).toBe('/opt/mine')
  })

  it('prefers chromium to Chrome', () => {
    const found = find('linux', {}, '/usr/bin/google-chrome', '/usr/bin/chromium')
    expect(found).toBe('/usr/bin/chromium')
  })

  it('finds Chrome where macOS has it', () => {
    const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
    expect(find('darwin', {}, chrome)).toBe(chrome)
  })

  it('looks below the program folders that Windows names', () => {
    const chrome = 'C:/Programs/Google/Chrome/Application/chrome.exe'
    expect(find('win32', { PROGRAMFILES: 'C:/Programs' }, chrome)).toBe(chrome)
  })

  it('finds nothing when nothing is installed', () => {
    expect(find('linux', {})).toBeNull()
    expect(find('freebsd', {})).toBeNull()
  })
})
