/** The launcher contract on utility processes (the fork is a double on real processes), and how an exit is reported. */
import { describe, expect, test } from 'vitest'
import { CONTRACT_CHILD, launcherContract } from '../control/launcher/testing/contract.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import { goneApp, utilityDouble } from './testing/utility_double.ts'
import { createUtilityLauncher, exitOf } from './utility_launcher.ts'

const launcherOf = (goneFirst: boolean) => {
  const { emitter, app } = goneApp()
  return createUtilityLauncher({
    utilityProcess: utilityDouble({ app: emitter, isReady: () => true, goneFirst }),
    app,
    entry: CONTRACT_CHILD,
    cwd: ROOT_DIR,
    env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
    kill: (pid, signal) => {
      process.kill(pid, signal)
    },
  })
}

const without = {
  groupKill: 'Electron ends the utility process alone; it has no separate process group',
}
launcherContract('utility, the reason first', { launcher: () => launcherOf(true), without })
launcherContract('utility, the exit first', { launcher: () => launcherOf(false), without })

describe('how it ended', () => {
  test.each([
    ['an exit code', 3, null, 'no', { code: 3 }],
    ['SIGKILL, which Electron reports as 0', 0, null, 'kill', { signal: 'SIGKILL' }],
    [
      'the same with its reason',
      0,
      { reason: 'killed', exitCode: 9 },
      'kill',
      { signal: 'SIGKILL' },
    ],
    ['a stop in order', 0, null, 'stop', { code: 0 }],
    ['a trap of the allocator', 5, { reason: 'crashed', exitCode: 5 }, 'no', { signal: 'SIGTRAP' }],
    ['a core dump', 139, { reason: 'crashed', exitCode: 139 }, 'no', { signal: 'SIGSEGV' }],
    [
      'an access violation on Windows',
      -1073741819,
      { reason: 'crashed', exitCode: -1073741819 },
      'no',
      { code: -1073741819 },
    ],
    [
      'no start at all',
      2,
      { reason: 'launch-failed', exitCode: 2 },
      'no',
      { failure: { message: 'Electron reports launch-failed (2)' } },
    ],
  ] as const)('%s', (_what, code, gone, asked, expected) => {
    const none = { code: null, signal: null, failure: null }
    expect(exitOf(code, gone, asked)).toEqual({ ...none, ...expected })
  })
})
