/** ControlApi fake for component tests: answers from handlers and records the calls. */
import type { ControlMethod, ControlParams, ControlResult } from '../../protocol/control.ts'
import { ControlError } from '../../protocol/errors.ts'
import { quoted } from '../../protocol/messages.ts'
import type { CallControl } from '../state/control_context.tsx'

export type FakeHandlers = {
  [M in ControlMethod]?: (params: ControlParams<M>) => ControlResult<M>
}

export interface FakeControl {
  call: CallControl
  asked: { method: ControlMethod; params: unknown }[]
  handlers: FakeHandlers
}

/** A method without a handler never answers; a throwing handler is a failed call. */
export function fakeControl(handlers: FakeHandlers): FakeControl {
  const control: FakeControl = {
    asked: [],
    handlers,
    call: async <M extends ControlMethod>(method: M, params: ControlParams<M>) => {
      control.asked.push({ method, params })
      const handler = control.handlers[method] as
        ((given: ControlParams<M>) => ControlResult<M>) | undefined
      if (handler === undefined) return new Promise<never>(() => undefined)
      return handler(params)
    },
  }
  return control
}

export function refusal(text: string): never {
  throw new ControlError('refused', quoted(text))
}
