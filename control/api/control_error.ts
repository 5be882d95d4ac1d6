/** Expected failures of a ControlApi call; `message` says what is wrong and what would be right. */
export class ControlError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
