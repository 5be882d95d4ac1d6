import { FileCog, Play, ScrollText } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { PassingRail } from '../../components/branch.tsx'
import { useActions } from '../../state/actions_context.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { editConfigOf, showLogsOf } from '../../hooks/row_keys.ts'
import { fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

/** Columns after the branch in the narrowest table; the text spans the additional ones of wider tables. */
const COLUMNS_MIN = 6

export function FailureRow({ backend, isLast }: { backend: BackendView; isLast: boolean }) {
  const { panel } = useActions()
  const isLive = usePanel(isConnected)
  return (
    <tr className="failure">
      <td>{!isLast && <PassingRail />}</td>
      <td colSpan={COLUMNS_MIN}>
        <div className="failure-text">
          <p>
            {t('backends:failed_because', {
              name: backend.name,
              reason: fieldText(backend, 'detail') ?? t('backends:no_reason'),
            })}
          </p>
          <div className="row">
            <Button
              icon={Play}
              look="primary"
              disabled={!isLive}
              onClick={() => void panel.restart(backend.name)}
            >
              {t('backends:start_again', { name: backend.name })}
            </Button>
            <Button icon={ScrollText} onClick={() => showLogsOf(backend.name)}>
              {t('backends:show_log')}
            </Button>
            <Button icon={FileCog} onClick={() => editConfigOf(backend.name)}>
              {t('backends:edit_config')}
            </Button>
          </div>
        </div>
      </td>
    </tr>
  )
}
