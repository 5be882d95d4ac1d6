import { ControlError } from '../protocol/errors.ts'
import { CLI_EXIT_CODES } from './exit_codes.ts'

export class CliError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

export const failed = (message: string) => new CliError(CLI_EXIT_CODES.failed, message)
export const misused = (message: string) => new CliError(CLI_EXIT_CODES.usage, message)

export const isExpected = (error: unknown): error is CliError | ControlError =>
  error instanceof CliError || error instanceof ControlError
