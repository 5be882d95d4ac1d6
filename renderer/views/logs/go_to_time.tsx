/** A moment, typed: the log pauses at its first line at or after it. */
import { Clock } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState, type FormEvent } from 'react'
import { t } from '../../i18n/i18n.ts'
import { jumpTo } from '../../state/log_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import './go_to_time.css'
import { timeTyped } from './time_typed.ts'

interface GoToTimeProps {
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
}

export function GoToTime({ isOpen, onOpenChange }: GoToTimeProps) {
  const isLive = usePanel(isConnected)
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Trigger
        className="btn btn-small"
        title={`${t('logs:go.title')} (G)`}
        aria-keyshortcuts="g"
        disabled={!isLive}
      >
        <Clock size={13} strokeWidth={1.5} aria-hidden />
        {t('logs:go.title')}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="go-to-time"
          align="end"
          sideOffset={4}
          aria-label={t('logs:go.title')}
        >
          <TimeForm onDone={() => onOpenChange(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function TimeForm({ onDone }: { onDone: () => void }) {
  const [typed, setTyped] = useState('')
  const [isWrong, setIsWrong] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const moment = timeTyped(typed, Date.now())
    setIsWrong(moment === null)
    if (moment === null) return
    jumpTo(moment)
    onDone()
  }
  return (
    <form onSubmit={submit}>
      <div className="row">
        <input
          className="field"
          aria-label={t('logs:line.time')}
          aria-describedby="go-to-time-help"
          aria-invalid={isWrong || undefined}
          placeholder="14:31:38"
          spellCheck={false}
          autoComplete="off"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setIsWrong(false)
          }}
        />
        <button type="submit" className="btn btn-small btn-primary">
          {t('logs:go.go')}
        </button>
      </div>
      <p id="go-to-time-help" className="caption ink-2" role={isWrong ? 'alert' : undefined}>
        {isWrong && <b className="stop">{t('logs:go.wrong', { typed })} </b>}
        {t('logs:go.forms')}
      </p>
    </form>
  )
}
