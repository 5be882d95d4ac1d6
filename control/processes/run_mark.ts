/**
 * Every process that a backend starts inherits a mark in its environment, also one that daemonises: setsid and a double fork
 * change its parent, group and session, but not its environment. Jenkins finds such processes in the same way.
 */
import { randomBytes } from 'node:crypto'

export const MARK_VARIABLE = 'SWITCHYARD_RUN_ID'

/** The beginning of all marks of one control plane. */
export const newPlaneMark = () => `${randomBytes(12).toString('hex')}/`

/** The mark of one start of one backend. */
export const markOf = (planeMark: string, id: string, start: number) =>
  `${planeMark}${id.replaceAll(' ', '_')}/${start}/`

/** Whether an environment (entries end with NUL, or with blanks as `ps` prints them) holds a mark that begins like this. */
export function bearsMark(environment: string, mark: string): boolean {
  const entry = `${MARK_VARIABLE}=${mark}`
  for (let at = environment.indexOf(entry); at !== -1; at = environment.indexOf(entry, at + 1)) {
    if (at === 0 || environment[at - 1] === '\0' || environment[at - 1] === ' ') return true
  }
  return false
}
