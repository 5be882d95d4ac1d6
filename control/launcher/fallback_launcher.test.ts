import { expect, test } from 'vitest'
import { ARENA_OFF, createFallbackLauncher } from './fallback_launcher.ts'
import type { LaunchEvents, LaunchRequest, Launcher } from './launcher.ts'

type Exit = Parameters<LaunchEvents['onExit']>[0]
const ended = (more: Partial<Exit>): Exit => ({ code: null, signal: null, failure: null, ...more })
const SEGV = ended({ signal: 'SIGSEGV' })

function aWorld() {
  const starts: { kind: string; env: Record<string, string> }[] = []
  let events: LaunchEvents | null = null
  const fake = (kind: Launcher['kind']): Launcher => ({
    kind,
    launch: ({ env }: LaunchRequest, given) => {
      starts.push({ kind, env })
      events = given
      return { pid: 1, tell: () => undefined, askToStop: () => undefined, kill: () => undefined }
    },
  })
  const launcher = createFallbackLauncher([
    { launcher: fake('utility'), env: {}, words: '' },
    { launcher: fake('utility'), env: ARENA_OFF, words: 'without the arena' },
    { launcher: fake('node'), env: ARENA_OFF, words: 'as a Node process' },
  ])
  let text = ''
  const run = (exit: Exit, output: string[] = [], name = 'emotion') => {
    launcher.launch(
      { name, args: [], env: { A: 'b' } },
      { onOutput: (_stream, chunk) => void (text += String(chunk)), onExit: () => undefined },
    )
    for (const chunk of output) events?.onOutput('stdout', Buffer.from(chunk))
    events?.onExit(exit)
  }
  return { launcher, run, starts, text: () => text, kinds: () => starts.map(({ kind }) => kind) }
}

test('each native crash while loading moves on to the next way, and the last one stays', () => {
  const { run, kinds, starts, text } = aWorld()
  for (let start = 0; start < 4; start++) run(SEGV)
  expect(kinds()).toEqual(['utility', 'utility', 'node', 'node'])
  expect(starts.map(({ env }) => env['SWITCHYARD_CPU_ARENA'])).toEqual([
    undefined,
    'off',
    'off',
    'off',
  ])
  expect(text()).toContain('WARN started without the arena: its last start ended by signal SIGSEGV')
})

test.each([
  ['an ordinary exit code', ended({ code: 3 }), []],
  ['a kill', ended({ signal: 'SIGKILL' }), []],
  ['a crash after it was ready, told in two chunks', SEGV, ['INFO rea', 'dy on CPU\n']],
])('%s changes nothing', (_what, exit, output) => {
  const { run, kinds, starts } = aWorld()
  run(exit, output)
  run(exit, output)
  expect(kinds()).toEqual(['utility', 'utility'])
  expect(starts[1]?.env).toEqual({ A: 'b' })
})

test('the statuses of Windows count too', () => {
  const { run, starts } = aWorld()
  run(ended({ code: 0xc0000005 }))
  run(ended({ code: 0 }))
  expect(starts[1]?.env).toMatchObject(ARENA_OFF)
})

test('one backend does not change the start of another', () => {
  const { run, starts } = aWorld()
  run(SEGV)
  run(ended({ code: 0 }), [], 'fatigue')
  expect(starts[1]?.env).toEqual({ A: 'b' })
})
