import { BACKEND_NAME_LENGTH_MAX, BACKEND_NAME_PATTERN } from './config.ts'
import type { Fault } from './config_problem.ts'
import { preview } from './describe.ts'
import { joined, message } from './messages.ts'

export function nameFault(name: string): Fault | null {
  if (BACKEND_NAME_PATTERN.test(name)) return null
  if (name.length > BACKEND_NAME_LENGTH_MAX) {
    return {
      message: message('config.long_name', {
        name: preview(name),
        length: name.length,
        max: BACKEND_NAME_LENGTH_MAX,
      }),
      remedy: message('fix.shorter_name'),
    }
  }
  const near = nearestName(name)
  return {
    message: message('config.name', { name: preview(name) }),
    remedy: joined(
      message('fix.name_rule', { max: BACKEND_NAME_LENGTH_MAX }),
      near === null ? null : message('fix.name_example', { name: near }),
    ),
  }
}

function nearestName(name: string): string | null {
  const near = name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
  return BACKEND_NAME_PATTERN.test(near) ? near : null
}
