/** Owners of what must end: one timer, or everything that one object has opened. */

/** At most one pending callback. After `dispose` it accepts none. */
export class Timer {
  private handle: ReturnType<typeof setTimeout> | undefined
  private isDisposed = false

  get isSet(): boolean {
    return this.handle !== undefined
  }

  /** Replaces the pending callback. Node can `unref` what this returns. */
  set(delayMs: number, act: () => void): ReturnType<typeof setTimeout> {
    this.clear()
    const handle = setTimeout(() => {
      this.handle = undefined
      act()
    }, delayMs)
    if (this.isDisposed) clearTimeout(handle)
    else this.handle = handle
    return handle
  }

  /** Keeps the pending callback, if there is one. */
  setOnce(delayMs: number, act: () => void): void {
    if (!this.isSet) this.set(delayMs, act)
  }

  clear(): void {
    clearTimeout(this.handle)
    this.handle = undefined
  }

  dispose(): void {
    this.isDisposed = true
    this.clear()
  }
}

interface Emitter<Event, Listener> {
  on(event: Event, listener: Listener): unknown
  off(event: Event, listener: Listener): unknown
}

/** What one object has opened. Each end is registered on the line that opens; after `dispose` it runs immediately. */
export class Disposables {
  private readonly ends: (() => unknown)[] = []
  private isDisposed = false

  add(...ends: (() => unknown)[]): void {
    this.ends.push(...ends)
    if (this.isDisposed) void this.dispose()
  }

  timer(): Timer {
    const timer = new Timer()
    this.add(() => timer.dispose())
    return timer
  }

  interval(periodMs: number, act: () => void): ReturnType<typeof setInterval> {
    const handle = setInterval(act, periodMs)
    this.add(() => clearInterval(handle))
    return handle
  }

  on<Event, Listener>(emitter: Emitter<Event, Listener>, event: Event, listener: Listener): void {
    emitter.on(event, listener)
    this.add(() => emitter.off(event, listener))
  }

  /** Runs `act` once: now, if `signal` has been aborted. */
  onAbort(signal: AbortSignal, act: () => void): void {
    if (signal.aborted) {
      act()
      return
    }
    signal.addEventListener('abort', act, { once: true })
    this.add(() => signal.removeEventListener('abort', act))
  }

  /**
   * The last one opened ends first; a promise is awaited before the next. One that fails keeps none from ending: the errors are
   * reported together. Ends without promises have run when this returns.
   */
  async dispose(): Promise<void> {
    this.isDisposed = true
    const errors: unknown[] = []
    for (let end = this.ends.pop(); end !== undefined; end = this.ends.pop()) {
      try {
        const ending = end()
        if (ending instanceof Promise) await ending
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, 'Several parts could not be closed.')
  }
}
