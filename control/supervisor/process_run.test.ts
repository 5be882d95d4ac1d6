/** A start that the system or Node rejects is an ordinary exit: nothing is thrown. */
import { expect, it, vi } from 'vitest'
import { createNodeLauncher } from '../launcher/node_launcher.ts'
import { ProcessRun, type ProcessRunOptions } from './process_run.ts'
import { createWall } from './wall.ts'

type Exit = Parameters<ProcessRunOptions['onExit']>[0]

async function endOf(argument: string, env: Record<string, string>): Promise<Exit> {
  const onExit = vi.fn<(exit: Exit) => void>()
  const run = new ProcessRun({
    launcher: createNodeLauncher({
      execPath: process.execPath,
      entry: '-e',
      cwd: process.cwd(),
      env: process.env,
    }),
    name: 'one',
    args: [argument],
    env,
    url: 'ws://127.0.0.1:1',
    token: null,
    healthIntervalMs: 60_000,
    clock: { wall: Date.now, monotonic: () => performance.now() },
    wall: createWall((error) => {
      throw error
    }),
    onLine: () => undefined,
    onPong: () => undefined,
    onMissed: () => undefined,
    strangerOn: () => Promise.resolve(null),
    onStranger: () => undefined,
    onExit,
  })
  run.start()
  await vi.waitFor(() => {
    expect(onExit).toHaveBeenCalledTimes(1)
  })
  expect(run.pid).toBeNull()
  return onExit.mock.calls[0]?.[0] as Exit
}

it('a NUL character in a command is a failed start with the reason', async () => {
  const exit = await endOf('a\0b', {})
  expect(exit).toMatchObject({ code: null, signal: null })
  expect(exit.failure?.message).toMatch(/null bytes/)
})

it('an environment that is too long for the system is a failed start with the reason', async () => {
  const exit = await endOf('0', { LONG: 'x'.repeat(8 * 2 ** 20) })
  expect(exit.failure?.message).toMatch(/E2BIG|too long|ENAMETOOLONG/)
})
