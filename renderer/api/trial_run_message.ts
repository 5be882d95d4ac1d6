/** Sends a message to the trial backend in parts: control messages are limited to 1 MiB. */
import type { ControlClient } from '../../client/control_client.ts'

/** Well below 1 MiB: JSON escapes double some characters. */
const PART_LENGTH = 256 * 1024

export async function sendToTrialRun(call: ControlClient['call'], text: string) {
  if (text.length <= PART_LENGTH) return call('trials.send', { message: text })
  const upload = crypto.randomUUID()
  let at = 0
  for (; text.length - at > PART_LENGTH; at += PART_LENGTH) {
    await call('trials.append', { upload, part: text.slice(at, at + PART_LENGTH) })
  }
  return call('trials.send', { upload, message: text.slice(at) })
}
