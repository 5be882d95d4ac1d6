import { Check, TriangleAlert, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { punctuated } from '../format/punctuated.ts'
import { t } from '../i18n/i18n.ts'
import { closeNotice, usePanel, type Notice } from '../state/panel_store.ts'
import { showCrashesOf } from '../views/events/open_event.ts'
import './notices.css'
import { IconButton } from '../components/button.tsx'

const SHOWN_MS = 8000

export function Notices() {
  const notices = usePanel((state) => state.notices)
  return (
    <section className="notices" aria-label={t('shell:notice.name')}>
      <div role="status">
        {notices.map((notice) => (
          <NoticeCard key={notice.id} notice={notice} />
        ))}
      </div>
    </section>
  )
}

function NoticeCard({ notice }: { notice: Notice }) {
  const { id, title, text, times, crashOf, undo, isDone = false } = notice
  const hold = useExpiry(isDone, id)
  return (
    <div className="notice" data-done={isDone ? '' : undefined} {...hold}>
      {isDone ? (
        <Check size={16} strokeWidth={1.5} className="ok" aria-hidden />
      ) : (
        <TriangleAlert size={16} strokeWidth={1.5} className="stop" aria-hidden />
      )}
      <div>
        <b>{title}</b>
        {times > 1 && <span className="ink-3"> {t('shell:notice.times', { times })}</span>}
        {text !== '' && <p className="small ink-2">{punctuated(text)}</p>}
        {crashOf !== undefined && (
          <button
            type="button"
            className="notice-link"
            onClick={() => {
              showCrashesOf(crashOf)
              closeNotice(id)
            }}
          >
            {t('shell:notice.crash_tab', { name: crashOf })}
          </button>
        )}
        {undo && (
          <button
            type="button"
            className="notice-link"
            onClick={() => {
              undo()
              closeNotice(id)
            }}
          >
            {t('words:undo')}
          </button>
        )}
      </div>
      <IconButton
        icon={X}
        label={t('shell:notice.close', { title })}
        onClick={() => closeNotice(id)}
      />
    </div>
  )
}

function useExpiry(expires: boolean, id: number) {
  const [isHeld, setIsHeld] = useState(false)
  useEffect(() => {
    if (!expires || isHeld) return
    const timer = setTimeout(() => closeNotice(id), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [expires, isHeld, id])
  return {
    onMouseEnter: () => setIsHeld(true),
    onMouseLeave: () => setIsHeld(false),
    onFocus: () => setIsHeld(true),
    onBlur: () => setIsHeld(false),
  }
}
