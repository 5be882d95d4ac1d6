/** The section as a form: edits are validated while typing, previewed as YAML, and written by Apply. */
import { useState } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { ConfigSection } from '../../../../protocol/config_edits.ts'
import { isConnected, usePanel } from '../../../state/panel_store.ts'
import { AppliedNote } from './applied_note.tsx'
import { ApplyBar } from './apply_bar.tsx'
import './config_tab.css'
import { type DraftTexts, problemsByKey, typedText } from './config_draft.ts'
import { ConfigFieldRow } from './config_field_row.tsx'
import { CONFIG_FIELDS, type ConfigField, isForRuntime, textOf } from './config_fields.ts'
import { TextWithCode } from '../../../components/text_with_code.tsx'
import { useWaitingText } from '../../../hooks/use_reply.ts'
import { type ConfigEditing, useConfigEdit } from './use_config_edit.ts'
import { t } from '../../../i18n/i18n.ts'
import { Button } from '../../../components/button.tsx'
import { TriangleAlert } from 'lucide-react'
import { fieldText } from '../../../format/message.ts'
import { usePortLook } from '../../wizard/use_looks.ts'

export function ConfigTab({ backend }: { backend: BackendView }) {
  const editing = useConfigEdit(backend.backend)
  const isLive = usePanel(isConnected)
  const waiting = useWaitingText(t('config:reading'))
  const { file, section, problem } = editing
  if (file === null) {
    return problem === null ? (
      <p className="pane-note" role="status">
        {waiting}
      </p>
    ) : (
      <p className="pane-note stop" role="alert">
        {t('config:unread', { problem })}
      </p>
    )
  }
  if (section === null) return <NoSection backend={backend.backend} editing={editing} />
  return (
    <form
      className="config-tab"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isInert(editing, isLive)) void editing.apply()
      }}
    >
      <div className="cell cell-head config-head">
        <h3 className="h2">{section.backend}</h3>
        <span className="small ink-3 ellipsis" title={file.file}>
          {t('config:lines_of', { lines: linesOf(section), file: file.file })}
        </span>
      </div>
      {backend.name !== backend.backend && (
        <p className="pane-note">{t('config:replicas', { name: backend.backend })}</p>
      )}
      <Fields backend={backend} editing={editing} section={section} isLive={isLive} />
      <div className="config-foot">
        <Notes backend={backend} editing={editing} />
        <ApplyBar backend={backend} editing={editing} section={section} isLive={isLive} />
      </div>
      <AppliedNote backend={backend} editing={editing} />
    </form>
  )
}

/** True if Apply would do nothing; the bar explains why. */
function isInert({ dryRun, isTried, isStale, isBusy }: ConfigEditing, isLive: boolean): boolean {
  return !isLive || !isTried || isStale || isBusy || (dryRun?.problems.length ?? 1) > 0
}

function Notes({ backend, editing }: { backend: BackendView; editing: ConfigEditing }) {
  const { isStale, problem, dryRun } = editing
  const others = problemsByKey(backend.backend, dryRun?.problems ?? []).get('') ?? []
  return (
    <>
      {isStale && (
        <div className="config-note" role="alert">
          <p>
            <b>{t('config:file_changed')}</b> {t('config:stale')}
          </p>
          <Button onClick={() => void editing.reload()}>{t('words:reload')}</Button>
        </div>
      )}
      {problem !== null && (
        <p className="config-note stop" role="alert">
          {t('config:not_written', { problem })}
        </p>
      )}
      {!isStale &&
        others.map(({ key, message, remedy }) => (
          <p key={`${key} ${message}`} className="config-note" role="alert">
            {message} <TextWithCode text={remedy} />
          </p>
        ))}
    </>
  )
}

interface FieldsProps {
  backend: BackendView
  editing: ConfigEditing
  section: ConfigSection
  isLive: boolean
}

/** Keys set in the file come first; defaults are folded. */
function Fields({ backend, editing, section, isLive }: FieldsProps) {
  const [isOpen, setIsOpen] = useState(false)
  const { texts, dryRun } = editing
  const onDisk = usePanel((state) => state.snapshot?.plane.config.problems)
  const problems = problemsByKey(backend.backend, dryRun?.problems ?? onDisk ?? [])
  const isShown = ({ key }: ConfigField) =>
    Object.hasOwn(section.values, key) || (problems.has(key) && !Object.hasOwn(texts, key))
  const runtime = runtimeOf(section, texts)
  const rest = CONFIG_FIELDS.filter((field) => !isShown(field) && isForRuntime(field, runtime))
  const noteOf = (field: ConfigField) =>
    field.key === 'port' &&
    Object.hasOwn(texts, 'port') &&
    !problems.has('port') && (
      <PortNote
        host={backend.host}
        port={typedText(field, section.values, texts)}
        onUse={(port) => editing.type(field, String(port))}
      />
    )
  const row = (field: ConfigField) => (
    <ConfigFieldRow
      key={field.key}
      field={field}
      text={typedText(field, section.values, texts)}
      isChanged={Object.hasOwn(texts, field.key)}
      isInert={!isLive || editing.isBusy}
      problems={problems.get(field.key) ?? []}
      note={noteOf(field)}
      onType={(text) => editing.type(field, text)}
      onRevert={() => editing.type(field, textOf(field, section.values[field.key]))}
    />
  )
  const changed = rest.filter(({ key }) => Object.hasOwn(texts, key)).length
  return (
    <>
      <div className="config-fields">{CONFIG_FIELDS.filter(isShown).map(row)}</div>
      <details
        className="config-rest"
        open={isOpen || changed > 0}
        onToggle={(event) => setIsOpen(event.currentTarget.open)}
      >
        <summary>
          {t('config:more_keys', { count: rest.length })}
          {changed > 0 && (
            <span className="tag tag-accent">{t('config:changes', { count: changed })}</span>
          )}
        </summary>
        <div className="config-fields">{rest.map(row)}</div>
      </details>
    </>
  )
}

function runtimeOf({ values }: ConfigSection, texts: DraftTexts): string {
  const field = CONFIG_FIELDS.find(({ key }) => key === 'runtime')
  return field ? typedText(field, values, texts) || field.fallback : ''
}

function NoSection({ backend, editing }: { backend: string; editing: ConfigEditing }) {
  const problems = usePanel((state) => state.snapshot?.plane.config.problems)
  return (
    <div className="pane-note">
      <p>{t('config:no_section', { file: editing.file?.file ?? '', name: backend })}</p>
      {problems?.map(({ line, message, remedy }) => (
        <p key={`${line} ${message}`} className="stop">
          {line !== null && t('config:at_line', { line })}
          {message} {remedy}
        </p>
      ))}
    </div>
  )
}

function linesOf({ first_line: first, last_line: last }: ConfigSection): string {
  return first === last ? t('words:line', { line: first }) : t('config:line_range', { first, last })
}

interface PortNoteProps {
  host: string
  /** What was typed. */
  port: string
  onUse: (port: number) => void
}

/** Renders nothing while the port is free or unknown. */
function PortNote({ host, port, onUse }: PortNoteProps) {
  const look = usePortLook(port, host)
  if (look.phase !== 'found' || look.value.verdict === 'free') return null
  const { suggestion } = look.value
  return (
    <p role="status">
      <span className="config-problem">
        <TriangleAlert size={12} strokeWidth={1.75} aria-hidden />
        <span>{fieldText(look.value, 'sentence')}</span>
      </span>{' '}
      {suggestion !== null && (
        <Button onClick={() => onUse(suggestion)}>{t('ports:use', { port: suggestion })}</Button>
      )}
    </p>
  )
}
