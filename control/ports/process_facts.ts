/** Command lines of Java or Electron have thousands of characters; Linux allows millions. */
const COMMAND_LENGTH_MAX = 4096

/** Quotes arguments with spaces or quotes, and empty ones; control characters become spaces. */
export function joinArguments(words: readonly string[]): string {
  return plainCommand(
    words
      .map((word) => (word === '' || /[\s"']/.test(word) ? JSON.stringify(word) : word))
      .join(' '),
  )
}

/** Removes control characters, which could manipulate a terminal. */
export function plainCommand(command: string): string {
  const plain = command.replace(/\p{Cc}+/gu, ' ').trim()
  return plain.length > COMMAND_LENGTH_MAX ? `${plain.slice(0, COMMAND_LENGTH_MAX)}…` : plain
}

/** The oldest of several processes with the same socket is the parent. One of unknown age counts as young. */
export function oldestOf<T extends { started_at: number | null }>(
  processes: readonly T[],
): T | null {
  const age = ({ started_at }: T) => started_at ?? Number.MAX_SAFE_INTEGER
  return processes.toSorted((a, b) => age(a) - age(b))[0] ?? null
}
