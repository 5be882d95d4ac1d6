/** What to do about each error code; the error's own sentence says what happened. */
import type { ErrorCode } from '../../../protocol/errors.ts'

export const ERROR_REMEDIES: Record<ErrorCode, string> = {
  invalid_json: 'This is a fault of the panel. Copy what was sent from the JSON tab and report it.',
  invalid_request: 'Compare what was sent in the JSON tab with what this backend wants.',
  unknown_type: 'The backend speaks another version of the protocol. Restart Switchyard.',
  invalid_image: 'Choose another picture, or save this one as JPEG or PNG.',
  too_large: 'Use a smaller file, or raise the limit that the message names.',
  queue_full: 'Run it again in a moment, or raise queue_limit of the backend.',
  timeout: 'Run it again, or raise request_timeout of the backend.',
  not_ready: 'Start the backend and wait until it is ready, then run it again.',
  backend_lost: 'The backend starts again by itself. Run it again once it is ready.',
  quarantined: 'Use another picture. Restarting the backend lets this one in again.',
  cancelled: 'Run it again when you want the answer.',
  internal: 'Look in the log of the backend for this request id.',
}
