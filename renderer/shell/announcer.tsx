/** Announces state changes to screen readers, merged and at most every two seconds; failures immediately. */
import { useEffect, useState } from 'react'
import { stateName } from '../format/backend_text.ts'
import { fieldText, messageText } from '../format/message.ts'
import { t } from '../i18n/i18n.ts'
import { usePanel } from '../state/panel_store.ts'
import type { StateChange } from '../state/state_changes.ts'
import { Disposables } from '../../protocol/disposables.ts'

const QUIET_MS = 2000

export function Announcer() {
  const polite = usePoliteMessage()
  const alert = useAlertMessage()
  return (
    <div className="sr-only">
      <p role="status">{polite}</p>
      <p role="alert">{alert}</p>
    </div>
  )
}

/** The last state of each backend that changed since the last announcement. */
function usePoliteMessage(): string {
  const [sentence, setMessage] = useState('')
  useEffect(() => {
    let toldId = usePanel.getState().changes.at(-1)?.id ?? 0
    const opened = new Disposables()
    const timer = opened.timer()
    const tell = () => {
      const fresh = usePanel.getState().changes.filter((change) => change.id > toldId)
      toldId = fresh.at(-1)?.id ?? toldId
      const last = new Map(fresh.map((change) => [change.backend, change]))
      if (last.size > 0) setMessage([...last.values()].map(spoken).join('; '))
    }
    opened.add(
      usePanel.subscribe((after, before) => {
        if (after.changes !== before.changes) timer.setOnce(QUIET_MS, tell)
      }),
    )
    return () => void opened.dispose()
  }, [])
  return sentence
}

function spoken(change: StateChange): string {
  const detail = change.detail === null ? '' : `, ${messageText(change.detail)}`
  return `${change.backend}: ${stateName(change.state).toLowerCase()}${detail}`
}

function useAlertMessage(): string {
  const isLost = usePanel((state) => state.connection.phase === 'lost')
  const problem = usePanel((state) => state.snapshot?.plane.config.problems[0] ?? null)
  const failed = usePanel((state) =>
    (state.snapshot?.backends ?? [])
      .filter((backend) => backend.state === 'failed')
      .map((backend) =>
        t('shell:announce.failed', {
          name: backend.name,
          reason: fieldText(backend, 'detail') ?? t('shell:announce.no_reason'),
        }),
      )
      .join(' '),
  )
  if (isLost) return t('shell:lost.spoken')
  const refused =
    problem === null ? '' : t('shell:config.spoken', { problem: fieldText(problem, 'message') })
  return `${refused} ${failed}`.trim()
}
