import type { MouseEvent } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { ConfigSection } from '../../../../protocol/config_edits.ts'
import { usePanel } from '../../../state/panel_store.ts'
import { DiffView } from '../../../components/diff_view.tsx'
import { effectText } from './effect_text.ts'
import type { ConfigEditing } from './use_config_edit.ts'
import { t } from '../../../i18n/i18n.ts'
import { Button } from '../../../components/button.tsx'

interface ApplyBarProps {
  backend: BackendView
  editing: ConfigEditing
  section: ConfigSection
  isLive: boolean
}

export function ApplyBar({ backend, editing, section, isLive }: ApplyBarProps) {
  const { file, texts, dryRun, isTried } = editing
  const changes = Object.keys(texts).length
  const faults = dryRun?.problems.length ?? 0
  const isGood = changes > 0 && dryRun !== null && faults === 0
  const blocked = blockedBy(editing, isLive)
  return (
    <div className="config-apply" data-active={changes > 0 || undefined}>
      <div className="cell-head">
        <h3 className="h2">
          {changes === 0 ? t('config:as_written') : t('config:changes', { count: changes })}
          {faults > 0 && t('config:to_fix', { faults })}
        </h3>
        {changes > 0 && <span className="small ink-3">{t('config:format_kept')}</span>}
      </div>
      {(changes === 0 || isGood) && (
        <DiffView before={file?.text ?? ''} after={isGood ? dryRun.text : null} section={section} />
      )}
      {isGood && <Effects backend={backend} editing={editing} />}
      {changes > 0 && (
        <div className="config-buttons">
          <Button
            size="medium"
            look="primary"
            type="submit"
            disabled={blocked !== null || !isTried}
            aria-describedby="config-blocked"
          >
            {t('config:apply', { count: changes })}
          </Button>
          <Button size="medium" disabled={editing.isBusy} onClick={editing.discard}>
            {t('words:discard')}
          </Button>
          <span id="config-blocked" className="small" role="status">
            {faults > 0 && isLive ? (
              <button type="button" className="link" onClick={goToFault}>
                {blocked}
              </button>
            ) : (
              blocked
            )}
          </span>
        </div>
      )}
    </div>
  )
}

function goToFault(event: MouseEvent<HTMLElement>): void {
  event.currentTarget.closest('form')?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
}

function Effects({ backend, editing }: Pick<ApplyBarProps, 'backend' | 'editing'>) {
  const isFileGood = usePanel((state) => state.snapshot?.plane.config.problems.length === 0)
  const effects = editing.dryRun?.effects.filter((one) => one.backend === backend.backend) ?? []
  if (effects.length === 0) {
    return (
      <p className="config-effects small ink-2">
        {isFileGood ? t('config:no_value') : t('config:cannot_tell')}
      </p>
    )
  }
  const circumstances = {
    backend: backend.backend,
    isRunning: backend.pid !== null,
    isEnabled: editing.texts['enabled'] === 'true',
  }
  return (
    <ul className="config-effects small ink-2">
      {effects.map((effect) => (
        <li key={effect.key}>
          <code>{effect.key}</code> {effectText(effect, circumstances)}
        </li>
      ))}
    </ul>
  )
}

function blockedBy({ dryRun, isStale, isBusy, problem }: ConfigEditing, isLive: boolean) {
  if (!isLive) return t('config:lost')
  if (isStale) return t('config:reload_first')
  if (isBusy) return t('config:writing')
  const [fault] = dryRun?.problems ?? []
  if (fault !== undefined) {
    const key = fault.key.split('.').slice(2).join('.')
    return key === '' ? t('config:fault') : t('config:fix', { key })
  }
  return problem === null ? null : t('config:try_again')
}
