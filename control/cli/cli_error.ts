/** How a command ends, and the failures that it tells in a sentence. */

/** The exit codes of `switchyard`; the table of README.md. */
export const CLI_EXIT_CODES = {
  /** Done. */
  ok: 0,
  /** What was asked for failed: a backend did not start, a request was answered with an error, a check found a fault. */
  failed: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** The command needs a running panel, and none was found. */
  no_panel: 3,
} as const

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
