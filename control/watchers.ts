/** Who is watching the panel now; measurements that are only displayed depend on it. */
export class Watchers {
  private readonly watching = new Set<object>()
  private readonly listeners = new Set<() => void>()

  get isWatched(): boolean {
    return this.watching.size > 0
  }

  add(watcher: object): void {
    this.change(() => this.watching.add(watcher))
  }

  remove(watcher: object): void {
    this.change(() => this.watching.delete(watcher))
  }

  /** Calls when the first watcher arrives and the last one leaves. Returns a function that unsubscribes. */
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
