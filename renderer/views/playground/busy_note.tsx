import { ms } from '../../format/number.ts'
import { useActions } from '../../state/actions_context.ts'
import type { Run } from '../../state/runs.ts'
import { useElapsed } from './elapsed.ts'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

export function BusyNote({ run }: { run: Run }) {
  const { sender } = useActions()
  const elapsedMs = useElapsed(run)
  return (
    <p className="stage-note stage-busy row">
      <span className="num">{t('test:now.running', { time: ms(elapsedMs) })}</span>
      <Button onClick={() => sender.cancel()}>
        {t('words:cancel')} <kbd>{t('test:view.esc')}</kbd>
      </Button>
    </p>
  )
}
