/** What programs and pages import from `switchyard/client`; node.ts and browser.ts add how a socket opens there. */
export {
  BackendClient,
  type BackendClientOptions,
  type Inference,
  type RequestOptions,
  type Stray,
} from './backend_client.ts'
export { ProtocolError, type ErrorCode } from '../protocol/errors.ts'
export type { Reconnect } from './connection.ts'
export type { Answered, Outcome, Refused } from './outcome.ts'
export type { Pong, Reloaded } from '../protocol/backend.ts'
export type { ClientSocket, OpenSocket } from './socket.ts'
export { readResult, type DrawnKind, type Result, type Results } from '../protocol/results.ts'
