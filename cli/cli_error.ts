/** The failures that a command tells in a sentence. */
import { CLI_EXIT_CODES } from './exit_codes.ts'

/** An expected failure; `message` says what is wrong and what would be right. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

export const failed = (message: string) => new CliError(CLI_EXIT_CODES.failed, message)
export const misused = (message: string) => new CliError(CLI_EXIT_CODES.usage, message)
