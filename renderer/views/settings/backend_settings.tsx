/** Autostart: `enabled` in the file. A switch here does not start or stop anything now. */
import type { ControlResult } from '../../../protocol/control.ts'
import { Switch } from '../../components/switch.tsx'
import { t } from '../../i18n/i18n.ts'
import { useControlCall, type CallControl } from '../../state/control_context.tsx'
import { isConnected, noteDone, noteFailure, usePanel } from '../../state/panel_store.ts'
import { editConfig } from '../../state/edit_config.ts'
import { useReply } from '../../hooks/use_reply.ts'
import { errorText } from '../../format/message.ts'
import { SettingRow } from './setting_row.tsx'

export function BackendSettings() {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const after = usePanel(({ snapshot }) => snapshot?.plane.config)
  const { value, problem, ask } = useReply('config.read', {}, { after })
  const change = (name: string, isOn: boolean) =>
    void writeEnabled(call, name, isOn).then(ask, (error: unknown) =>
      noteFailure(t('settings:not_changed', { name }), errorText(error)),
    )
  return (
    <>
      <p className="setting-intro">
        {t('settings:autostart_text', { file: value?.file ?? 'models.yaml' })}
      </p>
      {problem !== null && (
        <p className="stop" role="alert">
          {problem}
        </p>
      )}
      {value?.sections.map((section) => {
        const isExternal = section.values['runtime'] === 'external'
        return (
          <SettingRow key={section.backend} title={section.backend} text={addressOf(section)}>
            {isExternal ? (
              <span className="small ink-3">{t('words:runs_elsewhere')}</span>
            ) : (
              <Switch
                isOn={section.values['enabled'] === true}
                label={t('settings:autostart_of', { name: section.backend })}
                isInert={!isLive}
                onChange={(isOn) => change(section.backend, isOn)}
              />
            )}
          </SettingRow>
        )
      })}
    </>
  )
}

type Section = ControlResult<'config.read'>['sections'][number]

function addressOf({ values }: Section): string {
  const port = values['port']
  return [values['runtime'], typeof port === 'number' ? t('settings:port', { port }) : null]
    .filter((part) => typeof part === 'string')
    .join(', ')
}

/** Rejects with the reason. */
async function writeEnabled(call: CallControl, name: string, isOn: boolean): Promise<void> {
  const edit = (value: boolean) =>
    editConfig(call, {
      edits: [{ edit: 'set', backend: name, path: ['enabled'], value }],
      at_next_start: true,
    })
  await edit(isOn)
  noteDone(t(isOn ? 'settings:autostart_on' : 'settings:autostart_off', { name }), () => {
    edit(!isOn).catch((error: unknown) =>
      noteFailure(t('settings:not_changed', { name }), errorText(error)),
    )
  })
}
