/** Handles the page's calls after validating sender and content. */
import type { IpcMainInvokeEvent } from 'electron'
import type { z } from 'zod'
import { TO_SHELL, type ToShell } from '../protocol/desktop.ts'
import type { ElectronParts } from './parts.ts'
import { isTrustedSender } from './trust.ts'

export type Handlers = {
  [Channel in ToShell]: (
    event: IpcMainInvokeEvent,
    ...given: z.infer<(typeof TO_SHELL)[Channel]>
  ) => unknown
}

/** `onRefused` is called for external pages and malformed calls; the caller gets an error. */
export function handleCalls(
  ipcMain: ElectronParts['ipcMain'],
  handlers: Handlers,
  onRefused: (reason: string) => void,
): void {
  for (const channel of Object.keys(TO_SHELL) as ToShell[]) {
    ipcMain.handle(channel, async (event, ...given: unknown[]) => {
      if (!isTrustedSender(event)) {
        onRefused(`${channel} from ${event.senderFrame?.url ?? 'a closed frame'}`)
        throw new Error('this page may not call the desktop app')
      }
      const parsed = TO_SHELL[channel].safeParse(given)
      if (!parsed.success) {
        onRefused(`${channel} with ${parsed.error.issues.map(({ message }) => message).join('; ')}`)
        throw new Error(`${channel} does not take this`)
      }
      const handler = handlers[channel] as (
        event: IpcMainInvokeEvent,
        ...given: unknown[]
      ) => unknown
      return await handler(event, ...parsed.data)
    })
  }
}
