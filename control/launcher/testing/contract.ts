/** The contract of all process launchers: lifecycle, output, signals, exits, and crashes while loading. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Child, LaunchEvents, Launcher } from '../launcher.ts'

export const CONTRACT_CHILD = path.join(import.meta.dirname, 'contract_child.mjs')

export interface Contract {
  launcher: () => Launcher
  /** What this kind does not support, and why; printed with the skipped test. */
  without?: Partial<Record<'messages' | 'ownPid' | 'groupKill' | 'signals', string>>
}

interface Started {
  child: Child
  output: () => string
  ended: Promise<Parameters<LaunchEvents['onExit']>[0]>
  exits: () => number
}

const isPosix = process.platform !== 'win32'

export function launcherContract(title: string, { launcher, without = {} }: Contract): void {
  const running = new Set<Child>()

  afterEach(async () => {
    for (const child of running) child.kill()
    await vi.waitFor(() => expect(running.size).toBe(0), WAIT)
  })

  function start(...args: string[]): Started {
    let text = ''
    let exits = 0
    let settle: (exit: Parameters<LaunchEvents['onExit']>[0]) => void = () => undefined
    const ended = new Promise<Parameters<LaunchEvents['onExit']>[0]>((resolve) => {
      settle = resolve
    })
    const child = launcher().launch(
      { name: 'one', args, env: { EXTRA: 'from the request' } },
      {
        onOutput: (_stream, chunk) => {
          text += chunk.toString('utf8')
        },
        onExit: (exit) => {
          exits++
          running.delete(child)
          settle(exit)
        },
      },
    )
    running.add(child)
    return { child, output: () => text, ended, exits: () => exits }
  }
  const prints = ({ output }: Started, words: string | RegExp) =>
    vi.waitFor(() => expect(output()).toMatch(words), WAIT)
  const skipWithout = (what: keyof typeof without) => {
    const reason = without[what] ?? (what === 'signals' && !isPosix ? 'Windows' : undefined)
    if (reason !== undefined) console.warn(`skipped: ${title}, ${what}: ${reason}`)
    return test.skipIf(reason !== undefined)
  }

  describe(title, () => {
    test('both streams arrive, with environment and parent', async () => {
      const one = start('wait')
      await prints(one, /on stderr/)
      await prints(one, /extra from the request/)
      expect(one.output()).toContain(`parent ${process.pid}`)
    })

    skipWithout('ownPid')('the pid is that of the process', async () => {
      const one = start('wait')
      await prints(one, /pid \d+/)
      await one.child.spawned
      expect(one.output()).toContain(`pid ${one.child.pid} parent`)
    })

    test('an exit code is reported once, after all output', async () => {
      const one = start('exit')
      expect(await one.ended).toEqual({ code: 3, signal: null, failure: null })
      expect(one.output()).toContain('on stderr')
      expect(one.exits()).toBe(1)
    })

    test('the exit is reported although a grandchild holds the pipes, and what that writes still arrives', async () => {
      const note = path.join(mkdtempSync(path.join(tmpdir(), 'contract-')), 'go')
      const one = start('holder', note)
      const { code } = await one.ended
      expect(code).toBe(3)
      expect(one.output()).toMatch(/holding[^]*last words/)
      expect(one.output()).not.toContain('from the grandchild')
      writeFileSync(note, '')
      await prints(one, /from the grandchild/)
      expect(one.exits()).toBe(1)
      rmSync(path.dirname(note), { recursive: true })
    })

    test('not a byte is lost when it ends right after a lot of output', async () => {
      const one = start('much')
      await prints(one, /last line/)
      // Output of stderr may be in between.
      expect(one.output().match(/x/g)?.length).toBeGreaterThanOrEqual(300_000)
    })

    skipWithout('messages')('messages reach it', async () => {
      const one = start('wait')
      await prints(one, /on stderr/)
      one.child.tell({ configure: { request_timeout: 7 } })
      await prints(one, /told \{"configure":\{"request_timeout":7\}\}/)
    })

    test('asked to stop it ends in order, with code 0', async () => {
      const one = start('wait')
      await prints(one, /on stderr/)
      one.child.askToStop(5000)
      expect(await one.ended).toEqual({ code: 0, signal: null, failure: null })
      expect(one.output()).toContain('ending')
    })

    test('a kill right after the start ends it as well', async () => {
      const one = start('wait')
      one.child.kill()
      const exit = await one.ended
      expect(exit.code).not.toBe(0)
      expect(one.exits()).toBe(1)
    })

    test.runIf(isPosix)('one that does not listen is killed', async () => {
      const one = start('stubborn')
      await prints(one, /on stderr/)
      one.child.kill()
      expect(await one.ended).toEqual({ code: null, signal: 'SIGKILL', failure: null })
    })

    skipWithout('signals')('a crash while loading is reported as its signal', async () => {
      expect(await start('crash').ended).toMatchObject({ code: null, signal: 'SIGSEGV' })
      expect(await start('abort').ended).toMatchObject({ code: null, signal: 'SIGABRT' })
    })

    skipWithout('groupKill')('what it has started is killed with it', async () => {
      const one = start('child')
      await prints(one, /child \d+/)
      const pid = Number(/child (\d+)/.exec(one.output())?.[1])
      one.child.kill()
      await one.ended
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), WAIT)
    })
  })
}

const WAIT = { timeout: 15_000, interval: 20 }
