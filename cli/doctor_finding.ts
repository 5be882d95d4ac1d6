export interface Finding {
  check: string
  level: 'ok' | 'warn' | 'fail'
  message: string
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
