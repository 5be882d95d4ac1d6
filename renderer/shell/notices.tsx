/** Calls that failed, and backends that ended by themselves: bottom right, until closed. */
import { TriangleAlert, X } from 'lucide-react'
import { sentence } from '../format/sentence.ts'
import { useActions } from '../state/actions_context.ts'
import { usePanel } from '../state/panel_store.ts'
import { showCrashesOf } from '../views/events/open_event.ts'
import './notices.css'

export function Notices() {
  const notices = usePanel((state) => state.notices)
  const { panel } = useActions()
  return (
    <div className="notices" role="status">
      {notices.map((notice) => (
        <div key={notice.id} className="notice">
          <TriangleAlert size={16} strokeWidth={1.5} className="stop" aria-hidden />
          <div>
            <b>{notice.title}</b>
            {notice.times > 1 && <span className="ink-3"> {notice.times} times</span>}
            <p className="small ink-2">{sentence(notice.text)}</p>
            {notice.crashOf !== undefined && (
              <button
                type="button"
                className="notice-link"
                onClick={() => {
                  if (notice.crashOf !== undefined) showCrashesOf(notice.crashOf)
                  panel.closeNotice(notice.id)
                }}
              >
                Crash tab of {notice.crashOf}
              </button>
            )}
          </div>
          <button
            type="button"
            className="icon-btn icon-btn-small"
            aria-label={`Close: ${notice.title}`}
            onClick={() => panel.closeNotice(notice.id)}
          >
            <X size={13} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  )
}
