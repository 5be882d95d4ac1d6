/** Texts of Linux, macOS and Windows, as in their documentation. */
import { describe, expect, it } from 'vitest'
import { parseLinuxStat, parsePsRows, parseVmRss, parseWindowsRows } from './process_text.ts'

const statOf = (name: string, state = 'S') =>
  `4711 (${name}) ${state} 1 4710 4700 0 -1 4194304 100 0 0 0 5 3 0 0 20 0 11 0 987654 734003200 12000 18446744073709551615 1 1 0\n`

describe('Linux', () => {
  it.each(['node', 'a b', 'x) S 9 9 9', '((', 'tmux: server'])('a process named "%s"', (name) => {
    expect(parseLinuxStat(statOf(name), 'boot')).toEqual({
      ...{ pid: 4711, parentPid: 1, groupId: 4710 },
      ...{ startTime: 'boot 987654', startOrder: 987654, rssBytes: null },
    })
  })

  it.each(['Z', 'X'])('in state %s has ended', (state) => {
    expect(parseLinuxStat(statOf('node', state), 'boot')).toBeNull()
  })

  it('a text of another form is not a process', () => {
    expect(parseLinuxStat('', 'boot')).toBeNull()
    expect(parseLinuxStat('4711 (node) S 1', 'boot')).toBeNull()
  })

  it('the resident size is in KiB; a kernel thread has none', () => {
    expect(parseVmRss('Name:\tnode\nVmSize:\t  9 kB\nVmRSS:\t   45312 kB\n')).toBe(45_312 * 1024)
    expect(parseVmRss('Name:\tkthreadd\nThreads:\t1\n')).toBe(0)
  })
})

describe('macOS', () => {
  it('rows of ps, without a zombie', () => {
    const text = [
      '    1     0     1  21504 Ss   Mon Jan  5 10:22:33 2026    ',
      '  612     1   612   4312 S+   Sun Jan 11 00:00:01 2026    ',
      '  613   612   612      0 Z+   Sun Jan 11 00:00:02 2026    ',
      'ps: a line that is none',
      '',
    ].join('\n')
    expect(parsePsRows(text)).toEqual([
      {
        ...{ pid: 1, parentPid: 0, groupId: 1, rssBytes: 21_504 * 1024 },
        startTime: 'Mon Jan 5 10:22:33 2026',
        startOrder: Date.UTC(2026, 0, 5, 10, 22, 33),
      },
      {
        ...{ pid: 612, parentPid: 1, groupId: 612, rssBytes: 4312 * 1024 },
        startTime: 'Sun Jan 11 00:00:01 2026',
        startOrder: Date.UTC(2026, 0, 11, 0, 0, 1),
      },
    ])
  })
})

describe('Windows', () => {
  it('rows of PowerShell, with its line ends', () => {
    const text = '0 0 8192 0\r\n4711 800 52428800 639038817530123456\r\n\r\nWARNING: x\r\n'
    expect(parseWindowsRows(text)).toEqual([
      {
        ...{ pid: 0, parentPid: 0, groupId: null, startTime: '0', startOrder: 0, rssBytes: 8192 },
      },
      {
        ...{ pid: 4711, parentPid: 800, groupId: null, rssBytes: 52_428_800 },
        startTime: '639038817530123456',
        startOrder: 639_038_817_530_123_500,
      },
    ])
  })
})
