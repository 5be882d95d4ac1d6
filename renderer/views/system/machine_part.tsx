/** RAM totals, memory freed by stops, log files, and Switchyard itself. */
import type { ReactNode } from 'react'
import type { BackendView, PlaneView } from '../../../protocol/control.ts'
import type { LogFilesView } from '../../../protocol/logs.ts'
import { fieldText } from '../../format/message.ts'
import { fileSize, memory, number } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { clockSeconds, duration } from '../../format/time.ts'
import { useEvents } from '../../state/event_store.ts'
import { useNow, useToday } from '../../state/panel_store.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { CopyButton } from '../../components/copy_button.tsx'
import { useReply, useWaitingText } from '../../hooks/use_reply.ts'
import { PLANE_NAME, ramSum } from './memory_shares.ts'
import { ShareBar } from './share_bar.tsx'
import { t } from '../../i18n/i18n.ts'

interface MachinePartProps {
  plane: PlaneView
  backends: readonly BackendView[]
}

export function MachinePart({ plane, backends }: MachinePartProps) {
  return (
    <div className="system-side">
      <RamCell plane={plane} backends={backends} />
      <FreedCell />
      <LogFilesCell />
      <PlaneCell plane={plane} />
    </div>
  )
}

function Cell({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section className="system-cell" aria-label={title}>
      <div className="row">
        <h2 className="h2">{title}</h2>
        {note !== undefined && <span className="caption ink-3">{note}</span>}
      </div>
      {children}
    </section>
  )
}

function RamCell({ plane, backends }: MachinePartProps) {
  const colours = useSourceColours()
  const sum = ramSum(plane, backends)
  const isBound = sum.unknown.length > 0
  return (
    <Cell
      title={t('system:ram_of_switchyard')}
      note={t(isBound ? 'system:at_least_resident' : 'system:resident', {
        memory: memory(sum.bytes),
      })}
    >
      <div className="live">
        <ShareBar
          segments={sum.shares.map((share) => ({
            ...share,
            colour: share.name === PLANE_NAME ? 'var(--d6)' : (colours[share.name] ?? 'var(--d6)'),
          }))}
          freeBytes={null}
          isThin
        />
      </div>
    </Cell>
  )
}

const STOPS_SHOWN_MAX = 5

function FreedCell() {
  const today = useToday()
  const events = useEvents((state) => state.events)
  const stops = events.filter(({ kind }) => kind === 'stop').slice(-STOPS_SHOWN_MAX)
  return (
    <Cell title={t('system:freed_on_stop')} note={t('system:measured_after')}>
      {stops.length === 0 ? (
        <p className="small ink-2">{t('system:no_stop')}</p>
      ) : (
        <ul className="system-stops">
          {stops.toReversed().map(({ seq, time, backend, message }) => (
            <li key={seq}>
              <time>{clockSeconds(time, today)}</time>
              <b className="ellipsis">{backend}</b>
              <span>{punctuated(message)}</span>
            </li>
          ))}
        </ul>
      )}
    </Cell>
  )
}

const FILES_EVERY_MS = 5000

function LogFilesCell() {
  const { value, problem } = useReply('logs.files', {}, { refetchInterval: FILES_EVERY_MS })
  const waiting = useWaitingText(t('system:files_asking'))
  return (
    <Cell title={t('words:log_files')} {...(value && { note: filesNote(value) })}>
      {problem !== null && (
        <p className="small stop">{t('system:files_unread', { problem: punctuated(problem) })}</p>
      )}
      {value === null && problem === null && <p className="small ink-2">{waiting}</p>}
      {value !== null && <LogFiles files={value} />}
    </Cell>
  )
}

function filesNote({ files, bytes }: LogFilesView): string {
  return `${t('system:file_count', { count: files })}, ${fileSize(bytes)}`
}

function LogFiles({ files }: { files: LogFilesView }) {
  return (
    <>
      <dl className="facts live">
        <dt>{t('system:lines_written')}</dt>
        <dd>{number(files.written)}</dd>
        <dt>{t('system:removed_with_old_files')}</dt>
        <dd>{number(files.removed)}</dd>
        <dt>{t('system:waiting')}</dt>
        <dd>{number(files.waiting)}</dd>
        <dt>{t('system:not_written')}</dt>
        <dd className={files.not_written > 0 ? 'stop' : undefined}>{number(files.not_written)}</dd>
      </dl>
      {files.problem !== null && <p className="small stop">{punctuated(files.problem)}</p>}
      <Path path={files.dir} label={t('system:copy_log_folder')} />
    </>
  )
}

function PlaneCell({ plane }: { plane: PlaneView }) {
  const uptime = useNow((nowMs) => duration(nowMs - plane.started_at))
  return (
    <Cell title={t('system:control_plane')} note={`Switchyard ${plane.version}`}>
      <dl className="facts">
        <dt>{t('system:pid')}</dt>
        <dd className="num">{plane.pid}</dd>
        <dt>{t('system:up')}</dt>
        <dd className="live">{uptime}</dd>
        <dt>{t('system:address')}</dt>
        <dd className="mono">{`${plane.host}:${plane.port}`}</dd>
      </dl>
      <h3 className="caption ink-3">{t('system:state_folder')}</h3>
      <Path path={plane.state_dir} label={t('system:copy_state_folder')} />
      <h3 className="caption ink-3">{t('words:configuration')}</h3>
      <Path path={plane.config.file} label={t('system:copy_config_path')} />
      {plane.shell_notice !== null && (
        <p className="small ink-2">{fieldText(plane, 'shell_notice')}</p>
      )}
    </Cell>
  )
}

function Path({ path, label }: { path: string; label: string }) {
  return (
    <p className="system-path small">
      <span className="mono">{path}</span>
      <CopyButton text={() => path} label={label} />
    </p>
  )
}
