/** Small Node programs stand in for the vendors' commands. */
import { describe, expect, it } from 'vitest'
import { createSystemIo, errorCode } from './gpu_io.ts'

const limits = { timeoutMs: 20_000, signal: new AbortController().signal }
const node = (script: string) => [process.execPath, ['-e', script]] as const
/** Prints its pid, so that the test can see its exit, and stays. */
const STAYS = 'console.log(process.pid); setInterval(() => {}, 1000)'

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a command', () => {
  it('answers with its output and exit code', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 9'
    expect(await createSystemIo().exec(...node(script), limits)).toEqual({
      ...{ exitCode: 9, stdout: 'out\n', stderr: 'err\n' },
    })
  })
  it('speaks English', async () => {
    const { stdout } = await createSystemIo().exec(
      ...node('console.log(process.env.LC_ALL)'),
      limits,
    )
    expect(stdout).toBe('C\n')
  })
  it('that is not installed is known by the code ENOENT', async () => {
    const failure = await createSystemIo()
      .exec('switchyard-no-such-program', [], limits)
      .catch((error: unknown) => error)
    expect(errorCode(failure)).toBe('ENOENT')
  })
  it('that takes too long is killed, and not started again before it exits', async () => {
    const io = createSystemIo()
    const [file, args] = node(STAYS)
    await expect(io.exec(file, args, { ...limits, timeoutMs: 50 })).rejects.toThrow(
      /did not answer within 50 ms/,
    )
    // Just killed: its exit was not reported yet.
    const second = await io.exec(file, args, limits).catch((error: unknown) => error)
    expect(String(second)).toMatch(/\(pid \d+\) was killed and has not exited/)
    const pid = Number(/pid (\d+)/.exec(String(second))?.[1])
    await expect.poll(() => isAlive(pid)).toBe(false)
    await expect
      .poll(() => io.exec(...node(''), limits).catch(() => null))
      .toMatchObject({ exitCode: 0 })
  })
  it('is ended when the probe is closed', async () => {
    const closing = new AbortController()
    const running = createSystemIo().exec(...node(STAYS), { ...limits, signal: closing.signal })
    closing.abort()
    await expect(running).rejects.toThrow(/was killed: the GPU probe was closed/)
  })
  it('is not started once the probe is closed', async () => {
    await expect(
      createSystemIo().exec(...node(''), { ...limits, signal: AbortSignal.abort() }),
    ).rejects.toThrow(/was not started/)
  })
})

it('files, folders and links of the machine are read', async () => {
  const io = createSystemIo()
  expect(await io.readFile(import.meta.filename)).toContain('files, folders and links')
  expect(await io.readFolder(import.meta.dirname)).toContain('gpu_io.ts')
  const failure = await io.readLink(import.meta.filename).catch((error: unknown) => error)
  expect(errorCode(failure)).toMatch(/^(EINVAL|UNKNOWN)$/)
})
