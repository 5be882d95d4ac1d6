/** Handles the menu, links and file drops of the desktop app. */
import { desktopCommandSchema } from '../../protocol/desktop.ts'
import { desktopBridge } from '../api/shell.ts'
import { noteFailure } from '../state/panel_store.ts'
import type { PlaygroundSender } from '../state/playground_send.ts'
import { selectBackend, showView } from '../state/ui_store.ts'
import { takeFiles } from '../views/playground/sources/take_files.ts'

export function followDesktop(sender: PlaygroundSender): void {
  desktopBridge()?.onCommand((given) => {
    const command = desktopCommandSchema.safeParse(given).data
    switch (command?.kind) {
      case undefined:
        return
      case 'view':
        showView(command.view)
        return
      case 'backend':
        showView('backends')
        selectBackend(command.backend)
        return
      case 'file':
        showView('test')
        void takeFiles(sender, [new File([new Uint8Array(command.bytes)], command.name)])
        return
      case 'problem':
        noteFailure(command.title, command.text)
        return
      default:
        command satisfies never
    }
  })
}
