/** A queue that is fair between owners: many waiting requests of one client do not starve another. */

export class FairQueue<Entry> {
  /** Owners in the order of their next turn. A Map keeps insertion order; a served owner moves to its end. */
  private readonly lanes = new Map<object, Entry[]>()
  private size = 0

  get length(): number {
    return this.size
  }

  push(owner: object, entry: Entry): void {
    const lane = this.lanes.get(owner)
    if (lane === undefined) this.lanes.set(owner, [entry])
    else lane.push(entry)
    this.size++
  }

  take(count: number): Entry[] {
    const taken: Entry[] = []
    while (taken.length < count) {
      const next = this.lanes.entries().next()
      if (next.done === true) break
      const [owner, lane] = next.value
      const entry = lane.shift()
      this.lanes.delete(owner)
      if (lane.length > 0) this.lanes.set(owner, lane)
      if (entry === undefined) continue
      this.size--
      taken.push(entry)
    }
    return taken
  }

  remove(owner: object, isGone: (entry: Entry) => boolean): void {
    const lane = this.lanes.get(owner)
    if (lane === undefined) return
    const kept = lane.filter((entry) => !isGone(entry))
    this.size -= lane.length - kept.length
    if (kept.length === 0) this.lanes.delete(owner)
    else this.lanes.set(owner, kept)
  }
}
