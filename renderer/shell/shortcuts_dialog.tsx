/** Every key of the panel, and the switch that turns single keys off. */
import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { useUi } from '../state/ui_store.ts'
import './shortcuts_dialog.css'

const GROUPS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Anywhere',
    [
      ['Backends, Test, Logs', '1 2 3'],
      ['GPU & system, Events', '4 5'],
      ['Next region', 'F6'],
      ['Test a picture or an EEG file', 'Ctrl V'],
      ['Theme', 'Ctrl Shift T'],
      ['This sheet', '?'],
      ['Close, cancel', 'Esc'],
    ],
  ],
  [
    'Backends',
    [
      ['Next, previous', 'J K'],
      ['Start or stop', 'Space'],
      ['Restart', 'R'],
      ['Test', 'T'],
      ['Logs', 'L'],
      ['Edit the config', 'E'],
      ['Copy address', 'C'],
      ['To the pane', 'Enter'],
      ['Pane on or off', ']'],
    ],
  ],
  [
    'Test, logs, events',
    [
      ['Run', 'Ctrl Enter'],
      ['Cancel a run', 'Esc'],
      ['Search log or events', '/'],
      ['Follow or pause the log', 'F'],
      ['Log: go to time', 'G'],
    ],
  ],
]

export function ShortcutsDialog() {
  const isOpen = useUi((state) => state.shortcutsOpen)
  const singleKeys = useUi((state) => state.singleKeys)
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => useUi.setState({ shortcutsOpen: open })}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog shortcuts" aria-describedby={undefined}>
          <div className="dialog-head">
            <Dialog.Title>Keyboard shortcuts</Dialog.Title>
            <span className="grow" />
            <Dialog.Close className="icon-btn" aria-label="Close">
              <X size={16} strokeWidth={1.5} aria-hidden />
            </Dialog.Close>
          </div>
          <div className="shortcut-groups">
            {GROUPS.map(([title, keys]) => (
              <section key={title}>
                <h3>{title}</h3>
                <dl>
                  {keys.map(([what, key]) => (
                    <div key={what} className="row">
                      <dt className="grow">{what}</dt>
                      <dd>
                        <kbd>{key}</kbd>
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
          <label className="dialog-foot">
            <input
              type="checkbox"
              checked={singleKeys}
              onChange={(event) => useUi.setState({ singleKeys: event.target.checked })}
            />
            Single keys work (keys with Ctrl, and F6, always do)
          </label>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
