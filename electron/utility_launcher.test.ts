/** The launcher contract on utility processes (the fork is a double on real processes), and how an exit is reported. */
import { describe, expect, test } from 'vitest'
import type { LaunchEvents, Launcher } from '../control/launcher/launcher.ts'
import { CONTRACT_CHILD, launcherContract } from '../control/launcher/testing/contract.ts'
import { ROOT_DIR } from '../testing/processes.ts'
import { goneApp, utilityDouble, type UtilityDoubleOptions } from './testing/utility_double.ts'
import { createUtilityLauncher, exitOf } from './utility_launcher.ts'

const launcherOf = (
  { teardownMs, ...double }: Partial<UtilityDoubleOptions> & { teardownMs?: number },
  { emitter, app } = goneApp(),
) =>
  createUtilityLauncher({
    utilityProcess: utilityDouble({ app: emitter, isReady: () => true, ...double }),
    app,
    entry: CONTRACT_CHILD,
    cwd: ROOT_DIR,
    env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
    kill: (pid, signal) => {
      process.kill(pid, signal)
    },
    ...(double.platform === undefined ? {} : { platform: double.platform }),
    ...(teardownMs === undefined ? {} : { teardownMs }),
  })

const without = {
  groupKill: 'Electron ends the utility process alone; it has no separate process group',
}
launcherContract('utility, the reason first', {
  launcher: () => launcherOf({ goneFirst: true }),
  without,
})
launcherContract('utility, the exit first', {
  launcher: () => launcherOf({ goneFirst: false }),
  without,
})
launcherContract('utility, with the codes of Windows', {
  launcher: () => launcherOf({ platform: 'win32' }),
  without: { ...without, signals: 'Windows has statuses instead of signals' },
})

/** Ends with what was reported about the exit. */
const run = (launcher: Launcher, args: string[], name = 'one') => {
  let output = ''
  let pid: number | null = null
  return new Promise<{ exit: Parameters<LaunchEvents['onExit']>[0]; output: string; pid: number }>(
    (resolve) => {
      const child = launcher.launch(
        { name, args, env: {} },
        {
          onOutput: (_stream, chunk) => {
            output += chunk.toString()
          },
          onExit: (exit) => {
            resolve({ exit, output, pid: pid ?? 0 })
          },
        },
      )
      void child.spawned?.then(() => {
        pid = child.pid
      })
    },
  )
}

test('a process that hangs after its exit is killed before the exit is reported, with the code that it chose', async () => {
  const { exit, output, pid } = await run(launcherOf({ hangsAtExit: true, teardownMs: 1 }), [
    'exit',
  ])
  expect(exit).toEqual({ code: 3, signal: null, failure: null })
  expect(output).toContain('WARN still running 1 ms after its exit; killed')
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('an exit is not reported while the process still runs', async () => {
  const { exit, pid } = await run(launcherOf({}), ['exit'])
  expect(exit.code).toBe(3)
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('a crash is reported with its own reason, by one listener for all backends', async () => {
  const gone = goneApp()
  const launcher = launcherOf({}, gone)
  const runs = Array.from({ length: 3 }, (_, index) => run(launcher, ['crash'], `one-${index}`))
  expect(gone.emitter.listenerCount('child-process-gone')).toBe(1)
  for (const { exit } of await Promise.all(runs)) expect(exit.signal).toBe('SIGSEGV')
})

describe('how it ended', () => {
  test.each([
    ['an exit code', 3, null, 'no', { code: 3 }],
    ['our SIGKILL, as waitpid states it', 9, null, 'kill', { signal: 'SIGKILL' }],
    [
      'SIGKILL after a kill() of Electron, which reports 0',
      0,
      { reason: 'killed', exitCode: 9 },
      'kill',
      { signal: 'SIGKILL' },
    ],
    [
      'an exit code that equals a signal',
      9,
      { reason: 'abnormal-exit', exitCode: 9 << 8 },
      'no',
      { code: 9 },
    ],
    [
      '_exit(3) of native code',
      3 << 8,
      { reason: 'abnormal-exit', exitCode: 3 << 8 },
      'no',
      { code: 3 },
    ],
    ['a stop in order', 0, null, 'stop', { code: 0 }],
    ['a trap of the allocator', 5, { reason: 'crashed', exitCode: 5 }, 'no', { signal: 'SIGTRAP' }],
    ['a core dump', 139, { reason: 'crashed', exitCode: 139 }, 'no', { signal: 'SIGSEGV' }],
    [
      'no start at all',
      2,
      { reason: 'launch-failed', exitCode: 2 },
      'no',
      { failure: { message: 'Electron reports launch-failed (2)' } },
    ],
  ] as const)('%s', (_what, code, gone, asked, expected) => {
    const none = { code: null, signal: null, failure: null }
    expect(exitOf(code, gone, asked, 'linux')).toEqual({ ...none, ...expected })
  })

  test.each([
    ['an uncaught error', 1, 'killed', 'no', { code: 1 }],
    ['our own kill', 1, 'killed', 'kill', { signal: 'SIGKILL' }],
    ['an exit code', 4, 'crashed', 'no', { code: 4 }],
    ['an access violation', 0xc0000005, 'crashed', 'no', { code: 0xc0000005 }],
  ] as const)('on Windows: %s', (_what, code, reason, asked, expected) => {
    const none = { code: null, signal: null, failure: null }
    const gone = { reason, exitCode: code | 0 }
    expect(exitOf(code, gone, asked, 'win32')).toEqual({ ...none, ...expected })
  })
})
