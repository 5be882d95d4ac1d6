/** Who looks at the panel now. What is measured only to be shown asks this first. */
export class Watchers {
  private readonly watching = new Set<object>()
  private readonly listeners = new Set<() => void>()

  get isWatched(): boolean {
    return this.watching.size > 0
  }

  /** Idempotent, as `remove`. */
  add(watcher: object): void {
    this.change(() => this.watching.add(watcher))
  }

  remove(watcher: object): void {
    this.change(() => this.watching.delete(watcher))
  }

  /** Calls when the first watcher comes and when the last one leaves. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  private change(act: () => void): void {
    const before = this.isWatched
    act()
    if (this.isWatched === before) return
    for (const listener of this.listeners) listener()
  }
}
