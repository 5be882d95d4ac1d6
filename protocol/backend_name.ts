/** What a backend may be called, and what is wrong with a name. */
import { BACKEND_NAME_LENGTH_MAX, BACKEND_NAME_PATTERN } from './config.ts'
import { preview } from './describe.ts'

const RULE = `Use 1-${BACKEND_NAME_LENGTH_MAX} lower-case letters, digits, "_" or "-", beginning with a letter`

/** Sentences; null for a good name. */
export function nameFault(name: string): { message: string; remedy: string } | null {
  if (BACKEND_NAME_PATTERN.test(name)) return null
  if (name.length > BACKEND_NAME_LENGTH_MAX) {
    const message = `The name ${preview(name)} has ${name.length} characters; at most ${BACKEND_NAME_LENGTH_MAX}.`
    return { message, remedy: 'Choose a shorter one.' }
  }
  const near = nearestName(name)
  return {
    message: `${preview(name)} is not a valid backend name.`,
    remedy: near === null ? `${RULE}.` : `${RULE}, such as ${near}.`,
  }
}

function nearestName(name: string): string | null {
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  return BACKEND_NAME_PATTERN.test(near) ? near : null
}
