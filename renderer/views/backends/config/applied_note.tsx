import { Check, TriangleAlert, Undo2 } from 'lucide-react'
import type { BackendView } from '../../../../protocol/control.ts'
import { clockSeconds } from '../../../format/time.ts'
import { isConnected, usePanel, useToday } from '../../../state/panel_store.ts'
import type { ConfigEditing } from './use_config_edit.ts'
import { t } from '../../../i18n/i18n.ts'
import { Button } from '../../../components/button.tsx'

export function AppliedNote({
  backend,
  editing,
}: {
  backend: BackendView
  editing: ConfigEditing
}) {
  const isLive = usePanel(isConnected)
  const today = useToday()
  const problems = usePanel((state) => state.snapshot?.plane.config.problems)
  const { applied } = editing
  if (applied === null) return null
  const own =
    problems?.filter(({ key }) => key.startsWith(`model_backends.${backend.backend}`)) ?? []
  // The banner explains it and has the buttons.
  const isTakenBack = own.some(({ taken_back: takenBack }) => takenBack !== undefined)
  const refused = own.filter(({ taken_back: takenBack }) => takenBack === undefined)
  const isInForce = own === undefined || own.length === 0
  const keys = applied.effects.map(({ key }) => key).join(', ')
  const at = clockSeconds(applied.atMs, today)
  return (
    <div
      className="config-note config-applied"
      role="status"
      data-done={isInForce ? '' : undefined}
    >
      <div className="grow">
        <p>
          {isTakenBack ? (
            <TriangleAlert size={13} strokeWidth={1.75} className="stop config-mark" aria-hidden />
          ) : (
            <Check size={13} strokeWidth={2} className="ok config-mark" aria-hidden />
          )}
          {t(applied.isUndo ? 'config:reverted_at' : 'config:written_at', { time: at })}
          {keys !== '' && <span className="ink-2">: {keys}</span>}
        </p>
        {isTakenBack && <p>{t('config:reverted')}</p>}
        {refused.map(({ message, remedy }) => (
          <p key={message} className="stop">
            <TriangleAlert size={13} strokeWidth={1.75} className="config-mark" aria-hidden />
            {message} {remedy}
          </p>
        ))}
      </div>
      {!applied.isUndo && (
        <Button
          icon={Undo2}
          disabled={!isLive || editing.isBusy}
          onClick={() => void editing.undo()}
        >
          {t('words:undo')}
        </Button>
      )}
    </div>
  )
}
