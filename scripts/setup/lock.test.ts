import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from './lock.mjs'

describe('withLock', () => {
  let dir: string
  let lockDir: string
  let said: string[]

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'switchyard-lock-'))
    lockDir = join(dir, 'setup.lock')
    said = []
  })

  afterEach(() => {
    rmSync(dir, { recursive: true })
  })

  const lock = (
    work: (holdFor: (pid: number) => void) => Promise<void>,
    more: Partial<Parameters<typeof withLock>[0]> = {},
  ) =>
    withLock(
      {
        lockDir,
        say: (line) => said.push(line),
        signal: new AbortController().signal,
        ...more,
      },
      work,
    )
  const leaveLockOf = (pid: number | string) => {
    mkdirSync(lockDir)
    writeFileSync(join(lockDir, 'pid'), String(pid))
  }
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

  it('leaves nothing behind, also when the work fails', async () => {
    await expect(lock(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(readdirSync(dir)).toEqual([])
  })

  it('lets one at a time work, and the others wait', async () => {
    let working = 0
    const overlaps: number[] = []
    await Promise.all(
      [1, 2, 3].map(() =>
        lock(async () => {
          overlaps.push(++working)
          await new Promise((resolve) => setTimeout(resolve, 20))
          working--
        }),
      ),
    )
    expect(overlaps).toEqual([1, 1, 1])
    expect(said[0]).toContain(`Another set-up (process ${process.pid})`)
  })

  it('takes the lock of a dead process over immediately', async () => {
    const pid = deadPid()
    leaveLockOf(pid)
    let hasWorked = false
    await lock(async () => {
      hasWorked = true
    })
    expect(hasWorked).toBe(true)
    expect(said).toEqual([expect.stringContaining(`process ${pid}`)])
    expect(existsSync(lockDir)).toBe(false)
  })

  it.each(['', 'no number'])('takes over a lock whose pid reads "%s"', async (text) => {
    leaveLockOf(text)
    await lock(() => Promise.resolve())
    expect(existsSync(lockDir)).toBe(false)
  })

  it('takes over the lock of a process that lives but shows no sign of it', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(stranger, 'spawn')
    leaveLockOf(stranger.pid ?? 0)
    try {
      await lock(() => Promise.resolve(), { heartbeatTimeoutMs: 100 })
      expect(said.at(-1)).toContain('has exited')
    } finally {
      stranger.kill()
    }
  })

  it('waits for what a killed owner has started and left behind', async () => {
    const orphan = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600)'])
    const ended = once(orphan, 'exit').then(() => {
      said.push('the orphan has ended')
    })
    leaveLockOf(deadPid())
    writeFileSync(join(lockDir, 'child'), String(orphan.pid))
    await lock(() => Promise.resolve())
    await ended
    expect(said.map((line) => line.replace(/ \(process.*/, ''))).toEqual([
      'Another set-up',
      'the orphan has ended',
      'Taking over the lock of a set-up that has exited',
    ])
  })

  it('stops waiting when it is interrupted', async () => {
    leaveLockOf(process.pid)
    const interrupt = new AbortController()
    const waiting = lock(() => Promise.resolve(), { signal: interrupt.signal })
    interrupt.abort()
    await expect(waiting).rejects.toThrow('interrupted')
    expect(existsSync(lockDir)).toBe(true)
  })
})
