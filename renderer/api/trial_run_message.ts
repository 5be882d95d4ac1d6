/** Sends a message to the backend on trial over the control connection, whose messages hold one mebibyte. */
import type { ControlClient } from '../../client/control_client.ts'

/** Well below the limit: characters that JSON escapes take two. */
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
