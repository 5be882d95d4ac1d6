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
    { launcher: fake('utility'), env: {}, how: 'start.usual' },
    { launcher: fake('utility'), env: ARENA_OFF, how: 'start.no_arena' },
    { launcher: fake('node'), env: ARENA_OFF, how: 'start.as_node' },
  ])
  let text = ''
  const run = (exit: Exit, output: string[] = [], name = 'emotion') => {
    const { note } = launcher.launch(
      { name, args: [], env: { A: 'b' } },
      { onOutput: (_stream, chunk) => void (text += String(chunk)), onExit: () => undefined },
    )
    for (const chunk of output) events?.onOutput('stdout', Buffer.from(chunk))
    events?.onExit(exit)
    return note?.message
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
  expect(text()).toContain(
    "WARN Started without onnxruntime's CPU arena: its last start crashed while it loaded (ended by signal SIGSEGV",
  )
})

test.each([
  ['an ordinary exit code', ended({ code: 3 }), []],
  ['a kill', ended({ signal: 'SIGKILL' }), []],
])('%s changes nothing', (_what, exit, output) => {
  const { run, kinds, starts } = aWorld()
  run(exit, output)
  run(exit, output)
  expect(kinds()).toEqual(['utility', 'utility'])
  expect(starts[1]?.env).toEqual({ A: 'b' })
})

test('a second native crash after readiness, told in two chunks, moves on named in row and log', () => {
  const { run, kinds, text } = aWorld()
  const ready = ['INFO rea', 'dy on CPU\n']
  expect([run(SEGV, ready), run(SEGV, ready)]).toEqual([undefined, undefined])
  const note =
    "Started without onnxruntime's CPU arena: two of its runs crashed (ended by signal SIGSEGV"
  expect(run(SEGV, ready)).toContain(note)
  expect(text()).toContain(`WARN ${note}`)
  run(SEGV, ready)
  expect(run(SEGV, ready)).toContain('as a Node process')
  expect(kinds()).toEqual(['utility', 'utility', 'utility', 'utility', 'node'])
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
