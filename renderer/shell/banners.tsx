/** What is wrong with the whole: control plane lost, configuration refused. Each with its remedy. */
import { TriangleAlert, Unplug } from 'lucide-react'
import type { ConfigProblem } from '../../protocol/config.ts'
import type { ConfigView } from '../../protocol/control.ts'
import { count } from '../format/number.ts'
import { sentence } from '../format/sentence.ts'
import { clockSeconds, secondsUntil } from '../format/time.ts'
import { useActions } from '../state/actions_context.ts'
import { usePanel } from '../state/panel_store.ts'
import './banners.css'
import { useWallClock } from './wall_clock.ts'

const PROBLEMS_SHOWN_MAX = 3

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
      ? `Trying now (attempt ${attempt}).`
      : `Trying again in ${secondsUntil(retryAtMs, wallMs)} s (attempt ${attempt}).`
  return (
    <div className="banner banner-stop">
      <Unplug size={16} strokeWidth={1.5} className="stop" aria-hidden />
      <p className="grow">
        <b>Lost the control plane.</b>{' '}
        {hasSnapshot && `Figures stand still since ${clockSeconds(sinceMs, wallMs)}. `}
        {next} If it stays away, start Switchyard again.
      </p>
      <button
        type="button"
        className="btn btn-small"
        disabled={retryAtMs === null}
        onClick={() => panel.retryConnection()}
      >
        Try now
      </button>
    </div>
  )
}

function ConfigBanner({ config }: { config: ConfigView }) {
  const nowMs = usePanel((state) => state.nowMs)
  const shown = config.problems.slice(0, PROBLEMS_SHOWN_MAX)
  const rest = config.problems.length - shown.length
  return (
    <div className="banner banner-stop">
      <TriangleAlert size={16} strokeWidth={1.5} className="stop" aria-hidden />
      <div className="grow">
        {shown.map((problem) => (
          <p key={`${problem.line}${problem.key}${problem.message}`}>
            <b>{placeOf(problem)}</b> {stopped(problem.message)} {sentence(problem.remedy)}
          </p>
        ))}
        {rest > 0 && <p>{count(rest, 'more problem')} in this file.</p>}
        <p className="ink-2">
          {config.loaded_at === null
            ? 'No good configuration was read yet, so nothing can be started. Save the file again and it is read at once.'
            : `The configuration read at ${clockSeconds(config.loaded_at, nowMs)} stays in force. Save the file again and it is read at once.`}
        </p>
      </div>
    </div>
  )
}

function placeOf(problem: ConfigProblem): string {
  const line = problem.line === null ? '' : `, line ${problem.line}`
  return `${problem.file}${line}${problem.key === '' ? '' : `: ${problem.key}`}`
}

function stopped(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}
