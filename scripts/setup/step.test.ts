import { describe, expect, it } from 'vitest'
import { runStep, SetupError } from './step.mjs'

describe('runStep', () => {
  const run = async (script: string, more: Partial<Parameters<typeof runStep>[0]> = {}) => {
    const said: string[] = []
    const done = runStep({
      title: 'Working',
      command: process.execPath,
      args: ['-e', script],
      rootDir: process.cwd(),
      signal: new AbortController().signal,
      remedy: 'Try again.',
      say: (line) => said.push(line),
      ...more,
    })
    const error: unknown = await done.catch((reason: unknown) => reason)
    return { said, error }
  }

  it('prints its title and when it is done, and hides the output of a command that works', async () => {
    const { said, error } = await run('console.log("noise")')
    expect(error).toBeUndefined()
    expect(said).toEqual(['Working …', expect.stringMatching(/^ {2}done in \d+ s$/)])
  })

  it('shows that it is alive while a command takes long', async () => {
    const { said } = await run('setTimeout(() => {}, 300)', { progressIntervalMs: 20 })
    expect(said.filter((line) => /^ {2}… \d+ s$/.test(line)).length).toBeGreaterThan(1)
  })

  it('reports exit code, output and remedy of a command that fails', async () => {
    const { error } = await run('console.log("out"); console.error("err"); process.exit(7)')
    expect(error).toBeInstanceOf(SetupError)
    const { message } = error as SetupError
    for (const part of ['Working', 'exit code 7', 'out', 'err', 'Try again.']) {
      expect(message).toContain(part)
    }
  })

  it('names a command that does not exist', async () => {
    const { error } = await run('', { command: 'no-such-command-here' })
    expect(String(error)).toContain('no-such-command-here')
  })

  it('ends the command when it is interrupted', async () => {
    const interrupt = new AbortController()
    const running = run('setInterval(() => {}, 1000)', { signal: interrupt.signal })
    setImmediate(() => {
      interrupt.abort()
    })
    expect(String((await running).error)).toContain('interrupted')
  })
})
