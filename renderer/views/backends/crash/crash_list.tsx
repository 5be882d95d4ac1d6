import type { CrashSummary } from '../../../../protocol/crash.ts'
import { clockSeconds, duration } from '../../../format/time.ts'
import { useToday } from '../../../state/panel_store.ts'
import { t } from '../../../i18n/i18n.ts'

interface CrashListProps {
  crashes: readonly CrashSummary[]
  openId: string | null
  onOpen: (id: string) => void
}

export function CrashList({ crashes, openId, onOpen }: CrashListProps) {
  const today = useToday()
  return (
    <ul className="crash-list" aria-label={t('crash:crashes_on_record')}>
      {crashes.map(({ id, time, words, cause, uptime_ms: ranMs }) => (
        <li key={id}>
          <button
            type="button"
            aria-current={id === openId || undefined}
            onClick={() => onOpen(id)}
          >
            <time>{clockSeconds(time, today)}</time>
            <span className="ellipsis" title={words}>
              {cause?.cause ?? words}
            </span>
            <span className="ink-3">
              {ranMs === null ? t('crash:fact.not_started') : duration(ranMs)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
