import { message, type Message } from '../../protocol/messages.ts'
import { closeSync, existsSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { openRegularFileSync } from '../../files/regular_file.ts'

/** Exit codes of a shell for a program that is not executable or not found. */
export const START_FAILURE_EXIT_CODES: Readonly<Record<string, number>> = {
  ENOENT: 127,
  EACCES: 126,
  EPERM: 126,
  ENOEXEC: 126,
}

export function startFailure(
  program: string,
  { code, message }: { code?: string | undefined; message: string },
  cwd: string,
): string {
  return `${program} cannot be started: ${reasonOf(program, code, cwd) ?? message}`
}

function reasonOf(program: string, code: string | undefined, cwd: string): string | null {
  const isPath = /[\\/]/.test(program)
  const file = path.resolve(cwd, program)
  switch (code) {
    case 'ENOENT':
      if (!isPath) {
        return `"${program}" is not on the PATH of Switchyard. Use its full path in \`command\`, or extend PATH in \`env\`.`
      }
      return existsSync(file)
        ? missingInterpreter(file)
        : `${file} does not exist. ${remedyOf(file)}`
    case 'EACCES':
    case 'EPERM':
      if (isPath && isFolder(file)) return `${file} is a folder. Name a program in \`command\`.`
      return `${isPath ? file : program} is not executable. Run \`chmod +x\` on it, or put its interpreter first in \`command\`.`
    case 'EINVAL':
      // Node starts no batch file without a shell: https://nodejs.org/en/blog/vulnerability/april-2024-security-releases-2
      return /\.(?:bat|cmd)$/i.test(program)
        ? `it is a batch file. Write \`command: [cmd, /c, ${program}, …]\`.`
        : null
    case 'ENOEXEC':
    case 'UNKNOWN':
      return 'it is not a program for this system (exec format error). Install the build for this system and CPU.'
    default:
      return null
  }
}

function remedyOf(file: string): string {
  const environment = /^(.*[\\/]([^\\/]*v?env[^\\/]*))[\\/](?:bin|Scripts)[\\/]/i.exec(file)
  return environment === null
    ? 'Correct `command` in models.yaml; a relative path begins at `cwd`.'
    : `Create the virtual environment: \`python3 -m venv ${environment[1]}\`, then install its requirements.`
}

/** The file exists, but not the interpreter in its first line, as in a virtual environment that was moved. */
function missingInterpreter(file: string): string {
  const interpreter = /^#! *([^\s]{1,200})/.exec(beginningOf(file))?.[1]
  return interpreter === undefined
    ? `a library that ${file} starts with does not exist. Install the build for this system.`
    : `its interpreter ${interpreter}, named in the first line of ${file}, does not exist. Recreate the virtual environment, or put an interpreter first in \`command\`.`
}

function beginningOf(file: string): string {
  try {
    const descriptor = openRegularFileSync(file)
    try {
      const bytes = Buffer.alloc(256)
      return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}

/** Why a program cannot start in this folder; null when it can. Node reports a missing folder as a missing program. */
export function folderFault(folder: string): Message | null {
  if (!existsSync(folder)) return message('start.no_folder', { folder })
  return isFolder(folder) ? null : message('start.not_folder', { folder })
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
}
