import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { t } from '../i18n/i18n.ts'
import type * as en from '../i18n/en/index.ts'
import { changePreferences, showDialog, useUi } from '../state/ui_store.ts'
import './shortcuts_dialog.css'

type KeyText = keyof (typeof en)['shell']['shortcuts']['key']
type GroupText = keyof (typeof en)['shell']['shortcuts']['group']

const GROUPS: readonly (readonly [GroupText, readonly (readonly [KeyText, string])[]])[] = [
  [
    'anywhere',
    [
      ['views', '1 2 3'],
      ['more_views', '4 5 6'],
      ['palette', 'Ctrl K'],
      ['region', 'F6'],
      ['paste', 'Ctrl V'],
      ['theme', 'Ctrl Shift T'],
      ['sheet', '?'],
      ['close', 'Esc'],
    ],
  ],
  [
    'backends',
    [
      ['row', 'J K'],
      ['toggle', 'Space'],
      ['restart', 'R'],
      ['test', 'T'],
      ['logs', 'L'],
      ['config', 'E'],
      ['copy', 'C'],
      ['pane', 'Enter'],
      ['toggle_pane', ']'],
    ],
  ],
  [
    'others',
    [
      ['run', 'Ctrl Enter'],
      ['cancel', 'Esc'],
      ['search', '/'],
      ['follow', 'F'],
      ['go', 'G'],
      ['chart', '← →'],
      ['freeze', 'Enter'],
      ['zoom', '+ −'],
    ],
  ],
]

export function ShortcutsDialog() {
  const isOpen = useUi((state) => state.shortcutsOpen)
  const singleKeys = useUi((state) => state.singleKeys)
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => showDialog('shortcuts', open)}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog shortcuts" aria-describedby={undefined}>
          <div className="dialog-head">
            <Dialog.Title>{t('words:keyboard_shortcuts')}</Dialog.Title>
            <span className="grow" />
            <Dialog.Close className="icon-btn" aria-label={t('words:close')}>
              <X size={16} strokeWidth={1.5} aria-hidden />
            </Dialog.Close>
          </div>
          <div className="shortcut-groups">
            {GROUPS.map(([group, keys]) => (
              <section key={group}>
                <h3>{t(`shell:shortcuts.group.${group}`)}</h3>
                <dl>
                  {keys.map(([what, key]) => (
                    <div key={what} className="row">
                      <dt className="grow">{t(`shell:shortcuts.key.${what}`)}</dt>
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
              onChange={(event) => changePreferences({ singleKeys: event.target.checked })}
            />
            {t('shell:shortcuts.single')}
          </label>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
