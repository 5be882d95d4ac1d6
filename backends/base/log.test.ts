/** Log output reaches the reader however the process ends: small real processes that log and exit. */
import { afterAll, expect, it } from 'vitest'
import { endStarted, startNode, type RunningProcess } from '../../testing/processes.ts'

afterAll(endStarted)

/** Runs `body` in a process with `log` and `toText` in scope. */
const startLogging = (body: string, form = "'json'"): RunningProcess =>
  startNode([
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    `import { createLog, loadToText } from './backends/base/log.ts'
     const log = createLog('tester', ${form})
     ${body}`,
  ])

async function linesOf(running: RunningProcess): Promise<string[]> {
  await running.exited
  return running.output().trim().split('\n')
}

const MANY = "for (let n = 0; n < 1000; n++) log.info('line ' + n)"
const ALL = Array.from({ length: 1000 }, (_, n) => `line ${n}`)
const messagesOf = (lines: readonly string[]) =>
  lines
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg)

it.each([
  ['exits by itself', ''],
  ['calls process.exit', 'process.exit(3)'],
  ['dies of an uncaught error', "throw new Error('uncaught')"],
  ['dies of an unhandled rejection', "void Promise.reject(new Error('unhandled'))"],
  ['logs an error and is killed', "log.error('the end'); process.kill(process.pid, 'SIGKILL')"],
  ['flushes and is killed', "log.flush(); process.kill(process.pid, 'SIGKILL')"],
])('no line is lost when the process %s', async (_, ending) => {
  const messages = messagesOf(await linesOf(startLogging(`${MANY}; ${ending}`)))
  expect(messages.filter((message) => message !== 'the end')).toEqual(ALL)
})

it('a lone line is written immediately, even if a kill follows', async () => {
  const running = startLogging("log.info('alone'); process.kill(process.pid, 'SIGKILL')")
  expect(messagesOf(await linesOf(running))).toEqual(['alone'])
})

it('gathered lines are written while the process goes on', async () => {
  const running = startLogging(`${MANY}; setInterval(() => undefined, 1000)`)
  await running.waitFor(/line 999/)
  running.signal('SIGKILL')
  expect(messagesOf(await linesOf(running))).toEqual(ALL)
})

it('a process whose reader has exited goes on and ends', async () => {
  const body = `import { spawn } from 'node:child_process'
    import { once } from 'node:events'
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval',
      "import { createLog } from './backends/base/log.ts'; const log = createLog('tester', 'json');" +
      "process.stdin.resume().once('end', () => { for (let n = 0; n < 100000; n++) log.info('line ' + n); log.error('bad'); process.exit(7) })"],
      { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdout.destroy()
    child.stdin.end()
    console.log('ended with', (await once(child, 'exit'))[0])`
  const running = startNode(['--input-type=module', '--eval', body])
  await running.waitFor(/ended with 7/)
})

it('text is what a person reads, with the fields behind it', async () => {
  const running = startLogging("log.warn('slow', { request_id: 'r' })", 'await loadToText()')
  expect(await linesOf(running)).toEqual([
    expect.stringMatching(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: slow \{"request_id":"r"\}$/),
  ])
})
