import { TriangleAlert, Unplug } from 'lucide-react'
import { useState, useEffect } from 'react'
import type { ConfigProblem } from '../../protocol/config.ts'
import type { ConfigView } from '../../protocol/control.ts'
import { clockSeconds, secondsUntil } from '../format/time.ts'
import { TextWithCode } from '../components/text_with_code.tsx'
import { UsePort } from '../views/ports/use_port.tsx'
import { fieldText, problemText } from '../format/message.ts'
import { t } from '../i18n/i18n.ts'
import { useActions } from '../state/actions_context.ts'
import { usePanel, useToday } from '../state/panel_store.ts'
import { showDialog } from '../state/ui_store.ts'
import './banners.css'
import { Button } from '../components/button.tsx'

/** Folded, a banner takes two lines. */
const FOLDED_PROBLEMS = 1
const PROBLEMS_SHOWN_MAX = 6

export function Banners() {
  const connection = usePanel((state) => state.connection)
  const config = usePanel((state) => state.snapshot?.plane.config ?? null)
  return (
    <>
      {connection.phase === 'lost' && <LostBanner {...connection} />}
      {config !== null && config.problems.length > 0 && <ConfigBanner config={config} />}
    </>
  )
}

interface LostBannerProps {
  sinceMs: number
  attempt: number
  retryAtMs: number | null
}

function LostBanner({ sinceMs, attempt, retryAtMs }: LostBannerProps) {
  const { panel } = useActions()
  const hasSnapshot = usePanel((state) => state.snapshot !== null)
  const wallMs = useWallClock(250)
  const next =
    retryAtMs === null
      ? t('shell:lost.now', { attempt })
      : t('shell:lost.next', { seconds: secondsUntil(retryAtMs, wallMs), attempt })
  return (
    <div className="banner banner-stop">
      <Unplug size={16} strokeWidth={1.5} className="stop" aria-hidden />
      <p className="grow">
        <b>{t('shell:lost.title')}</b>{' '}
        {hasSnapshot && t('shell:lost.since', { time: clockSeconds(sinceMs, wallMs) })} {next}{' '}
        {t('shell:lost.remedy')}
      </p>
      <Button disabled={retryAtMs === null} onClick={() => panel.retryConnection()}>
        {t('shell:lost.try')}
      </Button>
    </div>
  )
}

function ConfigBanner({ config }: { config: ConfigView }) {
  const today = useToday()
  const [isOpen, setIsOpen] = useState(false)
  const { length: count } = config.problems
  const shown = config.problems.slice(0, isOpen ? PROBLEMS_SHOWN_MAX : FOLDED_PROBLEMS)
  const rest = isOpen ? count - shown.length : 0
  return (
    <div className="banner banner-stop">
      <TriangleAlert size={16} strokeWidth={1.5} className="stop" aria-hidden />
      <div className="grow">
        {shown.map((problem) => (
          <p
            key={`${problem.line}${problem.key}${problem.message}`}
            className={isOpen ? undefined : 'banner-folded'}
            title={isOpen ? undefined : messageOf(problem)}
          >
            <b>{placeOf(problem)}</b> <TextWithCode text={messageOf(problem)} />
          </p>
        ))}
        {rest > 0 && <p>{t('shell:config.more', { count: rest })}</p>}
        {shown[0] !== undefined && <PortButtons problem={shown[0]} />}
        <p className={isOpen ? 'ink-2' : 'ink-2 banner-line'}>
          {config.loaded_at === null
            ? t('shell:config.none')
            : t('shell:config.in_force', { time: clockSeconds(config.loaded_at, today) })}
        </p>
      </div>
      <Button aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {isOpen ? t('shell:config.less') : t('shell:config.all', { count })}
      </Button>
    </div>
  )
}

/** Fixes for a port in use: a free port, the previous one, or a look at the process that holds it. */
function PortButtons({ problem }: { problem: ConfigProblem }) {
  const section = sectionOf(problem)
  const { free_port: free, ports } = problem
  if (section === null || (free === undefined && ports === undefined)) return null
  return (
    <div className="banner-buttons">
      {free !== undefined && <UsePort section={section} port={free} />}
      {ports !== undefined && <UsePort section={section} port={ports.kept} isKept />}
      <div className="use-port row">
        <Button onClick={() => showDialog('ports')}>{t('ports:title')}</Button>
      </div>
    </div>
  )
}

function sectionOf({ key }: ConfigProblem): string | null {
  return /^model_backends\.(.+)\.port$/.exec(key)?.[1] ?? null
}

/** Drops the hint whose fix the buttons offer. */
function messageOf(problem: ConfigProblem): string {
  return problem.ports === undefined ? problemText(problem) : fieldText(problem, 'message')
}

/** "models.yaml, line 4, fatigue:". The message itself names the key. */
function placeOf({ file, line, key }: ConfigProblem): string {
  const section = /^model_backends\.([^.]+)/.exec(key)?.[1]
  const parts = [file, line === null ? undefined : t('words:line', { line }), section]
  return t('shell:config.place', { place: parts.filter((part) => part !== undefined).join(', ') })
}

function useWallClock(stepMs: number): number {
  const [wallMs, setWallMs] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setWallMs(Date.now()), stepMs)
    return () => clearInterval(timer)
  }, [stepMs])
  return wallMs
}
