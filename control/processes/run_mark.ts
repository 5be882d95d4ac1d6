/**
 * Every process that a backend starts inherits a mark in its environment. A daemon (setsid, double fork) changes its
 * parent, group and session, but not its environment. Jenkins uses the same method.
 */
import { randomBytes } from 'node:crypto'

export const MARK_VARIABLE = 'SWITCHYARD_RUN_ID'

export const newPlaneMark = () => `${randomBytes(12).toString('hex')}/`

export const markOf = (planeMark: string, id: string, start: number) =>
  `${planeMark}${id.replaceAll(' ', '_')}/${start}/`

/** Whether an environment (entries separated by NUL, or by spaces as in `ps`) has a mark with this prefix. */
export function bearsMark(environment: string, mark: string): boolean {
  const entry = `${MARK_VARIABLE}=${mark}`
  for (let at = environment.indexOf(entry); at !== -1; at = environment.indexOf(entry, at + 1)) {
    if (at === 0 || environment[at - 1] === '\0' || environment[at - 1] === ' ') return true
  }
  return false
}
