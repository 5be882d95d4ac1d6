/** What the panel needs of the control plane, whatever carries it. The WebSocket adapter is socket_control_client.ts. */
import type {
  ControlEvent,
  ControlMethod,
  ControlParams,
  ControlResult,
} from '../../protocol/control.ts'

export type ConnectionStatus =
  | { phase: 'connecting' }
  | { phase: 'open' }
  /** `retryAtMs` is null while a try is under way. Times are unix milliseconds. */
  | { phase: 'lost'; sinceMs: number; attempt: number; retryAtMs: number | null }
  /** The control plane answers, but does not let this page in. */
  | { phase: 'refused' }

export interface ControlClient {
  call<M extends ControlMethod>(method: M, params: ControlParams<M>): Promise<ControlResult<M>>
  onEvent(listener: (event: ControlEvent) => void): void
  onStatus(listener: (status: ConnectionStatus) => void): void
  /** A message that does not fit the protocol: another version runs on the other side. */
  onMisfit(listener: (reason: string) => void): void
  /** Starts connecting; listeners that were added before miss nothing. */
  open(): void
  retryNow(): void
  dispose(): void
}

/** A call that was answered with an error, or could not be made. */
export class ControlError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'ControlError'
    this.code = code
  }
}
