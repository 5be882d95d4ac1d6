import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Disposables, Timer } from './disposables.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a timer', () => {
  it('holds one callback: `set` replaces it, `setOnce` keeps it', () => {
    const calls: string[] = []
    const timer = new Timer()
    timer.set(10, () => calls.push('first'))
    timer.set(20, () => calls.push('second'))
    timer.setOnce(1, () => calls.push('third'))
    expect(timer.isSet).toBe(true)
    vi.advanceTimersByTime(20)
    expect(calls).toEqual(['second'])
    expect(timer.isSet).toBe(false)
  })

  it('can be set again by its own callback', () => {
    const timer = new Timer()
    let turns = 0
    const turn = () => {
      turns++
      timer.setOnce(10, turn)
    }
    timer.set(10, turn)
    vi.advanceTimersByTime(30)
    expect(turns).toBe(3)
    timer.clear()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('accepts no callback once it is disposed', () => {
    const timer = new Timer()
    timer.set(10, () => expect.unreachable())
    timer.dispose()
    timer.set(10, () => expect.unreachable())
    expect(vi.getTimerCount()).toBe(0)
    expect(timer.isSet).toBe(false)
  })
})

describe('disposables', () => {
  it('end everything once, the last one opened first', async () => {
    const ended: string[] = []
    const disposables = new Disposables()
    disposables.add(
      () => ended.push('first'),
      () => Promise.resolve().then(() => ended.push('second')),
      () => ended.push('third'),
    )
    const disposed = disposables.dispose()
    expect(ended).toEqual(['third'])
    await disposed
    await disposables.dispose()
    expect(ended).toEqual(['third', 'second', 'first'])
  })

  it('release timers, intervals, listeners and abort listeners', () => {
    const disposables = new Disposables()
    const emitter = new EventEmitter()
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    const act = () => expect.unreachable()
    disposables.timer().set(10, act)
    disposables.interval(10, act)
    disposables.on(emitter, 'news', act)
    disposables.onAbort(signal, act)
    expect(vi.getTimerCount()).toBe(2)
    expect(emitter.listenerCount('news')).toBe(1)
    expect(added).toHaveBeenCalledOnce()
    void disposables.dispose()
    expect(vi.getTimerCount()).toBe(0)
    expect(emitter.listenerCount('news')).toBe(0)
    expect(removed).toHaveBeenCalledWith('abort', act)
  })

  it('run an abort listener now when the signal has been aborted', () => {
    const act = vi.fn()
    new Disposables().onAbort(AbortSignal.abort(), act)
    expect(act).toHaveBeenCalledOnce()
  })

  it('end immediately what is opened after them', () => {
    const disposables = new Disposables()
    void disposables.dispose()
    disposables.interval(10, () => expect.unreachable())
    expect(vi.getTimerCount()).toBe(0)
  })

  it('end the rest when some fail', async () => {
    const failing = (...reasons: string[]) => {
      const disposables = new Disposables()
      const ended = vi.fn()
      disposables.add(ended, ...reasons.map((reason) => () => Promise.reject(new Error(reason))))
      return { disposed: disposables.dispose(), ended }
    }
    const one = failing('stuck')
    await expect(one.disposed).rejects.toThrow('stuck')
    expect(one.ended).toHaveBeenCalledOnce()
    const two = failing('stuck', 'lost')
    await expect(two.disposed).rejects.toMatchObject({
      errors: [{ message: 'lost' }, { message: 'stuck' }],
    })
    expect(two.ended).toHaveBeenCalledOnce()
  })
})
