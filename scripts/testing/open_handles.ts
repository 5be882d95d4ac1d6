/** What keeps a test process running: the check that a test file closes what it opens. */

/** Real ones: a test may leave fake timers. */
const { setTimeout } = globalThis
/** Killed processes and closed sockets take some milliseconds to end, on a loaded machine some hundred. */
const TURNS_MAX = 1000

/** How many of each kind are open, by Node's name such as `Timeout`, `TCPServerWrap` or `ProcessWrap`. */
export function openHandles(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    // Requests, such as those for files, end by themselves.
    if (kind === 'Timeout' || kind.endsWith('Wrap')) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

/** What is open beyond `before`, such as `2 Timeout`; empty as soon as nothing is. */
export async function leakedHandles(
  before: ReadonlyMap<string, number>,
  turnsMax = TURNS_MAX,
): Promise<string[]> {
  for (let turn = 0; ; turn++) {
    const leaks = [...openHandles()]
      // Earlier timers belong to the test runner and end soon; they must not offset one of the file.
      .map(([kind, count]) => ({
        kind,
        count: count - (kind === 'Timeout' ? 0 : (before.get(kind) ?? 0)),
      }))
      .filter(({ count }) => count > 0)
    if (leaks.length === 0 || turn >= turnsMax) {
      return leaks.map(({ kind, count }) => `${count} ${kind}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
