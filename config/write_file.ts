/** Writes models.yaml atomically, and never overwrites a concurrent change. */
import { realpath, stat } from 'node:fs/promises'
import { writeAtomically } from '../files/atomic_file.ts'
import { readRegularFileSync, UnreadableFile } from '../files/regular_file.ts'
import { encodeText, encodingOf } from '../files/text_encoding.ts'
import { CONFIG_BYTES_MAX } from './load.ts'
import type { ConfigProblem } from '../protocol/config.ts'
import { faultText } from '../protocol/config_problem.ts'
import { message, type Message } from '../protocol/messages.ts'

export type WrittenConfig = { ok: true } | { ok: false; problem: ConfigProblem }

/**
 * Replaces `expectedOldText` by `text`; refuses if the file has changed. A symbolic link is kept: its target is
 * replaced, with its mode and, if permitted, its owner. File and folder are synced. File system errors are returned as
 * a problem, and no temporary file is left.
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

/** Compares bytes, so that a file that is not valid text never matches. */
function holds(target: string, bytes: Buffer): boolean {
  return readRegularFileSync(target, CONFIG_BYTES_MAX).equals(bytes)
}

function problemOf(file: string, error: unknown): ConfigProblem {
  const at = { file, line: null, key: '' }
  if (error instanceof ChangedFile) {
    const fault = { message: message('file.changed'), remedy: message('fix.edit_again') }
    return { ...at, ...faultText(fault) }
  }
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  const reason = error instanceof UnreadableFile ? error.said : code
  const fault = {
    message: message('file.unwritable', { reason }),
    remedy: REMEDIES[code] ?? message('fix.remove_cause'),
  }
  return { ...at, ...faultText(fault) }
}

const REMEDIES: Readonly<Record<string, Message>> = {
  ENOENT: message('fix.create_file'),
  EACCES: message('fix.write_right'),
  EPERM: message('fix.unlock_file'),
  EBUSY: message('fix.close_program'),
  EROFS: message('fix.read_only'),
  ENOSPC: message('fix.disk_full'),
}
