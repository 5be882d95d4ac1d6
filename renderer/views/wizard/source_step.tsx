/** Step 1: where the backend comes from, and what is needed to know of it. Checked while it is typed. */
import { Box, Copy, Link2, SquareTerminal, type LucideIcon } from 'lucide-react'
import { useEffect, useId, useState, type ReactNode } from 'react'
import type { OnnxHeader } from '../../../protocol/models.ts'
import type { PortReport } from '../../../protocol/ports.ts'
import { number } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { t } from '../../i18n/i18n.ts'
import { useControlCall } from '../../state/control_context.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { sentenceOf } from '../backends/use_reply.ts'
import { missingOf, SOURCES, TEMPLATES, type Draft, type Source } from './draft.ts'

const ICONS: Record<Source, LucideIcon> = {
  onnx: Box,
  command: SquareTerminal,
  builtin: Copy,
  external: Link2,
}
/** Typing is over when nothing was typed for this long. */
const QUIET_MS = 300

interface SourceStepProps {
  draft: Draft
  onChange(change: Partial<Draft>): void
  onCancel(): void
  onNext(): void
}

export function SourceStep({ draft, onChange, onCancel, onNext }: SourceStepProps) {
  const missing = missingOf(draft)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (missing === null) onNext()
      }}
    >
      <div className="wizard-body">
        <fieldset className="wizard-sources">
          <legend className="sr-only">{t('wizard:step.source')}</legend>
          {SOURCES.map((source) => (
            <SourceCard
              key={source}
              source={source}
              isChosen={draft.source === source}
              onChoose={() => onChange({ source })}
            />
          ))}
        </fieldset>
        <Fields draft={draft} onChange={onChange} />
      </div>
      <div className="dialog-foot">
        <span className="grow small ink-2" role="status">
          {missing !== null && t(`wizard:missing.${missing}`)}
        </span>
        <button type="button" className="btn" onClick={onCancel}>
          {t('wizard:cancel')}
        </button>
        <button type="submit" className="btn btn-primary" disabled={missing !== null}>
          {t('wizard:next')}
        </button>
      </div>
    </form>
  )
}

interface SourceCardProps {
  source: Source
  isChosen: boolean
  onChoose(): void
}

function SourceCard({ source, isChosen, onChoose }: SourceCardProps) {
  const Icon = ICONS[source]
  return (
    <label className="wizard-source" data-chosen={isChosen || undefined}>
      <input type="radio" name="source" checked={isChosen} onChange={onChoose} />
      <Icon size={16} strokeWidth={1.5} aria-hidden />
      <span>
        <b>{t(`wizard:source.${source}`)}</b>
        <span className="small ink-2 wizard-source-text">{t(`wizard:source.${source}_text`)}</span>
      </span>
    </label>
  )
}

function Fields({ draft, onChange }: Pick<SourceStepProps, 'draft' | 'onChange'>) {
  switch (draft.source) {
    case 'onnx':
      return (
        <>
          <TextField
            label={t('wizard:field.model')}
            value={draft.model}
            onChange={(model) => onChange({ model })}
          />
          <ModelLook path={draft.model} />
          <SelectField
            label={t('wizard:field.output')}
            value={draft.output}
            options={['classification', 'detection'].map((value) => ({
              value,
              words: t(`wizard:field.${value as Draft['output']}`),
            }))}
            onChange={(output) => onChange({ output: output as Draft['output'] })}
          />
          <NameAndPort draft={draft} onChange={onChange} />
        </>
      )
    case 'command':
      return (
        <>
          <TextField
            label={t('wizard:field.command')}
            value={draft.command}
            placeholder={t('wizard:field.command_hint', { port: '{port}' })}
            onChange={(command) => onChange({ command })}
          />
          <TextField
            label={t('wizard:field.cwd')}
            value={draft.cwd}
            onChange={(cwd) => onChange({ cwd })}
          />
          <NameAndPort draft={draft} onChange={onChange} />
        </>
      )
    case 'builtin':
      return <TemplateFields draft={draft} onChange={onChange} />
    case 'external':
      return (
        <>
          <TextField
            label={t('wizard:field.address')}
            value={draft.address}
            onChange={(address) => onChange({ address })}
          />
          <TextField
            label={t('wizard:field.name')}
            value={draft.name}
            onChange={(name) => onChange({ name })}
          />
        </>
      )
  }
}

function TemplateFields({ draft, onChange }: Pick<SourceStepProps, 'draft' | 'onChange'>) {
  const used = usePanel(backendsOf).map(({ backend }) => backend)
  const free = TEMPLATES.filter((name) => !used.includes(name))
  if (free.length === 0) return <p className="small ink-2">{t('wizard:all_used')}</p>
  return (
    <>
      <SelectField
        label={t('wizard:field.template')}
        value={draft.template}
        options={[{ value: '', words: '–' }, ...free.map((value) => ({ value, words: value }))]}
        onChange={(template) => onChange({ template })}
      />
      <PortField draft={draft} onChange={onChange} />
    </>
  )
}

function NameAndPort({ draft, onChange }: Pick<SourceStepProps, 'draft' | 'onChange'>) {
  return (
    <>
      <TextField
        label={t('wizard:field.name')}
        value={draft.name}
        onChange={(name) => onChange({ name })}
      />
      <PortField draft={draft} onChange={onChange} />
    </>
  )
}

function PortField({ draft, onChange }: Pick<SourceStepProps, 'draft' | 'onChange'>) {
  const { report, problem } = usePortLook(draft.port)
  return (
    <>
      <TextField
        label={t('wizard:field.port')}
        value={draft.port}
        onChange={(port) => onChange({ port })}
        isShort
      >
        {report?.verdict === 'free' && <span className="small ok">✓ {t('wizard:port_free')}</span>}
        {report !== null && report.suggestion !== null && (
          <button
            type="button"
            className="btn btn-small"
            onClick={() => onChange({ port: String(report.suggestion) })}
          >
            {t('wizard:use_port', { port: report.suggestion })}
          </button>
        )}
      </TextField>
      {report !== null && report.verdict !== 'free' && (
        <p className="small warn wizard-note" lang="en">
          {sentence(report.sentence)}
        </p>
      )}
      {problem !== null && <p className="small stop wizard-note">{problem}</p>}
    </>
  )
}

interface TextFieldProps {
  label: string
  value: string
  placeholder?: string
  isShort?: boolean
  children?: ReactNode
  onChange(value: string): void
}

function TextField({
  label,
  value,
  placeholder,
  isShort = false,
  children,
  onChange,
}: TextFieldProps) {
  const id = useId()
  return (
    <div className="wizard-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={isShort ? 'field mono wizard-short' : 'field mono'}
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      {children}
    </div>
  )
}

interface SelectFieldProps {
  label: string
  value: string
  options: readonly { value: string; words: string }[]
  onChange(value: string): void
}

function SelectField({ label, value, options, onChange }: SelectFieldProps) {
  const id = useId()
  return (
    <div className="wizard-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="field"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.words}
          </option>
        ))}
      </select>
    </div>
  )
}

/** What the file says of itself, a moment after its path was typed. */
function ModelLook({ path }: { path: string }) {
  const call = useControlCall()
  const [found, setFound] = useState<{ path: string; header: OnnxHeader | null; problem: string }>()
  const wanted = path.trim()
  useEffect(() => {
    if (wanted === '') return
    let isOver = false
    const timer = setTimeout(() => {
      call('models.look', { path: wanted }).then(
        ({ header }) => {
          if (!isOver) setFound({ path: wanted, header, problem: '' })
        },
        (error: unknown) => {
          if (!isOver) setFound({ path: wanted, header: null, problem: sentenceOf(error) })
        },
      )
    }, QUIET_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [call, wanted])
  if (wanted === '' || found === undefined) return null
  if (found.path !== wanted)
    return <p className="small ink-3 wizard-note">{t('wizard:checking')}</p>
  const { header } = found
  if (header === null) {
    return (
      <p className="small stop wizard-note" role="alert" lang="en">
        {found.problem}
      </p>
    )
  }
  const portsOf = (ports: OnnxHeader['inputs']) =>
    ports
      .map(({ type, shape }) => `${type} ${shape.map((size) => size ?? '?').join(' × ')}`)
      .join(', ')
  return (
    <p className="small ink-2 wizard-note">
      {t('wizard:reads_as', {
        inputs: portsOf(header.inputs),
        outputs: portsOf(header.outputs),
        opset: header.opsets[0]?.version ?? '?',
        nodes: number(header.nodes),
      })}
    </p>
  )
}

/** What the port doctor says of the port, a moment after it was typed. */
function usePortLook(port: string): { report: PortReport | null; problem: string | null } {
  const call = useControlCall()
  const [found, setFound] = useState<{
    port: string
    report: PortReport | null
    problem: string | null
  }>()
  useEffect(() => {
    if (!/^\d{4,5}$/.test(port)) return
    let isOver = false
    const timer = setTimeout(() => {
      call('ports.look', { host: 'localhost', port: Number(port) }).then(
        ({ report }) => {
          if (!isOver) setFound({ port, report, problem: null })
        },
        (error: unknown) => {
          if (!isOver) setFound({ port, report: null, problem: sentenceOf(error) })
        },
      )
    }, QUIET_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [call, port])
  return found?.port === port ? found : { report: null, problem: null }
}
