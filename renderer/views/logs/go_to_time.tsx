import { Clock } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState, type FormEvent } from 'react'
import { t } from '../../i18n/i18n.ts'
import { jumpTo } from '../../state/log_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import './go_to_time.css'
import { Button } from '../../components/button.tsx'

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
          className="popover go-to-time"
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
          aria-label={t('words:time')}
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
        <Button look="primary" type="submit">
          {t('logs:go.go')}
        </Button>
      </div>
      <p id="go-to-time-help" className="caption ink-2" role={isWrong ? 'alert' : undefined}>
        {isWrong && <b className="stop">{t('logs:go.wrong', { typed })} </b>}
        {t('logs:go.forms')}
      </p>
    </form>
  )
}

const HOUR_MS = 3_600_000
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: HOUR_MS }
const DAY_MS = 24 * HOUR_MS

/** Unix milliseconds; null if it is not a time. A future time of day means yesterday's. */
export function timeTyped(typed: string, nowMs: number): number | null {
  const text = typed.trim().replace('\u2212', '-')
  const ago = /^-\s*(\d{1,5})\s*([smh])$/.exec(text)
  if (ago) return nowMs - Number(ago[1]) * (UNITS_MS[ago[2] ?? ''] ?? NaN)
  const parts =
    /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?$/.exec(text)
  if (!parts) return null
  const [, date, hours = '', minutes = '', seconds = '0', fraction = '0'] = parts
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null
  const day = date === undefined ? new Date(nowMs) : new Date(`${date}T00:00:00`)
  if (Number.isNaN(day.getTime())) return null
  const at = day.setHours(
    Number(hours),
    Number(minutes),
    Number(seconds),
    Number(fraction.padEnd(3, '0')),
  )
  return date === undefined && at > nowMs ? at - DAY_MS : at
}
