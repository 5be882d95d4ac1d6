/** What is said of a process in the same way on every system: its command in one line, and which of several is the parent. Pure. */

/** A Java or Electron command line runs to thousands of characters; Linux allows millions. */
const COMMAND_LENGTH_MAX = 4096

/** Arguments that hold spaces, quotes or nothing are quoted; control characters become spaces. */
export function joinArguments(words: readonly string[]): string {
  return plainCommand(
    words
      .map((word) => (word === '' || /[\s"']/.test(word) ? JSON.stringify(word) : word))
      .join(' '),
  )
}

/** One line without control characters, which a program could use to write over the terminal of whoever reads about it. */
export function plainCommand(command: string): string {
  const plain = command.replace(/\p{Cc}+/gu, ' ').trim()
  return plain.length > COMMAND_LENGTH_MAX ? `${plain.slice(0, COMMAND_LENGTH_MAX)}…` : plain
}

/** The process that began first: of several with the same socket it is the parent. One of unknown age counts as young. */
export function oldestOf<T extends { started_at: number | null }>(
  processes: readonly T[],
): T | null {
  const age = ({ started_at }: T) => started_at ?? Number.MAX_SAFE_INTEGER
  return processes.toSorted((a, b) => age(a) - age(b))[0] ?? null
}
