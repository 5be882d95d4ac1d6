export interface Finding {
  /** Such as `port 8768`. */
  check: string
  level: 'ok' | 'warn' | 'fail'
  message: string
  /** Empty if ok. */
  remedy: string
}

export const ok = (check: string, message: string): Finding => ({
  check,
  level: 'ok',
  message,
  remedy: '',
})
export const warn = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'warn',
  message,
  remedy,
})
export const fail = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'fail',
  message,
  remedy,
})
