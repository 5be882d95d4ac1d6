/** Writes models.yaml so that a reader sees the old file or the new one, never a part, and nobody's change is lost. */
import { realpath, stat } from 'node:fs/promises'
import { writeAtomically } from '../files/atomic_file.ts'
import { readRegularFileSync, UnreadableFile } from '../files/regular_file.ts'
import { encodeText, encodingOf } from '../files/text_encoding.ts'
import { CONFIG_BYTES_MAX } from './load.ts'
import type { ConfigProblem } from '../protocol/config.ts'

export type WrittenConfig = { ok: true } | { ok: false; problem: ConfigProblem }

/**
 * Puts `text` in the place of `expectedOldText`. Refused when the file holds anything else by now. A link stays one: the file that it leads
 * to is replaced, with its mode and (as far as the system lets us) its owner. The text is on the disk before it gets the name, and the
 * folder after it. Faults of the file system come back as a problem; nothing is thrown for them, and no temporary file is left.
 */
export async function writeConfigFile(
  file: string,
  text: string,
  expectedOldText: string,
): Promise<WrittenConfig> {
  try {
    const target = await realpath(file)
    const encoding = encodingOf(readRegularFileSync(target, CONFIG_BYTES_MAX))
    const expected = encodeText(expectedOldText, encoding)
    await writeAtomically(target, encodeText(text, encoding), {
      like: await stat(target),
      beforeRename: () => {
        if (!holds(target, expected)) throw new ChangedFile()
      },
    })
    return { ok: true }
  } catch (error) {
    return { ok: false, problem: problemOf(file, error) }
  }
}

class ChangedFile extends Error {}

/** Compares bytes: a file that is not valid text never equals one, and is not changed. */
function holds(target: string, bytes: Buffer): boolean {
  return readRegularFileSync(target, CONFIG_BYTES_MAX).equals(bytes)
}

function problemOf(file: string, error: unknown): ConfigProblem {
  const at = { file, line: null, key: '' }
  if (error instanceof ChangedFile) {
    return {
      ...at,
      message: 'The file was changed by another program since it was read.',
      remedy: 'Look at the file as it is now and make the change again.',
    }
  }
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  const reason = error instanceof UnreadableFile ? error.message : code
  return {
    ...at,
    message: `The file cannot be written (${reason}).`,
    remedy: REMEDIES[code] ?? 'Remove the cause, or edit the file by hand.',
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'Create it, or name another with --config FILE.',
  EACCES: 'Give this user the right to write the file and its folder.',
  EPERM:
    'Give this user the right to write the file and its folder, and close programs that hold it.',
  EBUSY: 'Close the program that holds the file open, and try again.',
  EROFS: 'The disk is read-only: copy the file elsewhere and name it with --config FILE.',
  ENOSPC: 'The disk is full: make room, and try again.',
}
