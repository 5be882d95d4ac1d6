/** Step 1: source and fields, validated while typing. */
import { useEffect, useState } from 'react'
import { BUILTIN_NAMES } from '../../../protocol/builtin_backends.ts'
import type { PortReport } from '../../../protocol/ports.ts'
import { fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import {
  FIELDS,
  faultsOf,
  freePortFor,
  SOURCES,
  type Configured,
  type Draft,
  type Field,
  type Source,
} from './draft.ts'
import { faultMessage } from './fault_text.ts'
import { idOf, SelectField, TextField, type FaultText } from './field.tsx'
import { OnnxFields } from './onnx_fields.tsx'
import { SourceLabel } from './source_label.tsx'
import { usePortLook, type Look } from './use_looks.ts'
import { changeDraft, useWizard } from './wizard_store.ts'
import { Button } from '../../components/button.tsx'

interface SourceStepProps {
  onCancel(): void
  onNext(): void
}

export function SourceStep({ onCancel, onNext }: SourceStepProps) {
  const draft = useWizard((state) => state.draft)
  const trialRunFault = useWizard((state) => state.trialRunFault)
  const backends = usePanel(backendsOf)
  const configured = backends.map(({ backend: name, host, port }) => ({ name, host, port }))
  const portLook = usePortLook(draft.source === 'external' ? '' : draft.port)
  const [isAsked, setIsAsked] = useState(false)
  const faults = faultTexts(draft, { configured, portLook })
  const shown = { ...(isAsked ? faults.all : faults.wrong), ...trialRunText(trialRunFault) }
  useEffect(() => {
    if (trialRunFault !== null) focusField(trialRunFault.field)
  }, [trialRunFault])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        setIsAsked(true)
        const first = FIELDS.find((field) => faults.all[field] !== undefined)
        if (first === undefined) onNext()
        else focusField(first)
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
              onChoose={() => changeDraft({ source })}
            />
          ))}
        </fieldset>
        <Fields draft={draft} faults={shown} />
        {draft.source !== 'external' && (
          <PortField draft={draft} fault={shown.port} look={portLook} configured={configured} />
        )}
      </div>
      <div className="dialog-foot">
        <span className="grow" />
        <Button size="medium" onClick={onCancel}>
          {t('words:cancel')}
        </Button>
        <Button size="medium" look="primary" type="submit">
          {t('wizard:next')}
        </Button>
      </div>
    </form>
  )
}

function focusField(field: Field): void {
  requestAnimationFrame(() => document.getElementById(idOf(field))?.focus())
}

const trialRunText = (fault: { field: Field; message: string } | null): FaultText =>
  fault === null ? {} : { [fault.field]: fault.message }

/** `wrong` without missing fields before the first "Next". */
function faultTexts(
  draft: Draft,
  { configured, portLook }: { configured: readonly Configured[]; portLook: Look<PortReport> },
): { all: FaultText; wrong: FaultText } {
  const all: FaultText = {}
  const wrong: FaultText = {}
  const faults = faultsOf(draft, configured)
  for (const field of FIELDS) {
    const fault = faults[field]
    if (fault === undefined) continue
    all[field] = faultMessage(field, fault, { draft, configured })
    if (fault !== 'missing' && fault !== 'unread') wrong[field] = all[field]
  }
  if (all.port === undefined && portLook.phase === 'found' && portLook.value.verdict !== 'free') {
    all.port = wrong.port = fieldText(portLook.value, 'sentence')
  }
  return { all, wrong }
}

interface SourceCardProps {
  source: Source
  isChosen: boolean
  onChoose(): void
}

function SourceCard({ source, isChosen, onChoose }: SourceCardProps) {
  return (
    <label className="wizard-source" data-chosen={isChosen || undefined}>
      <input type="radio" name="source" checked={isChosen} onChange={onChoose} />
      <SourceLabel source={source} />
    </label>
  )
}

interface FieldsProps {
  draft: Draft
  faults: FaultText
}

function Fields({ draft, faults }: FieldsProps) {
  switch (draft.source) {
    case 'onnx':
      return (
        <>
          <OnnxFields draft={draft.onnx} faults={faults} />
          <NameField draft={draft} fault={faults.name} />
        </>
      )
    case 'command':
      return (
        <>
          <TextField
            field="command"
            label={t('wizard:field.command')}
            fault={faults.command}
            value={draft.command}
            placeholder={t('wizard:field.command_hint', { port: '{port}' })}
            onChange={(command) => changeDraft({ command })}
          />
          <TextField
            field="cwd"
            label={t('wizard:field.cwd')}
            fault={faults.cwd}
            value={draft.cwd}
            onChange={(cwd) => changeDraft({ cwd })}
          />
          <NameField draft={draft} fault={faults.name} />
        </>
      )
    case 'builtin':
      return <TemplateField draft={draft} fault={faults.template} />
    case 'external':
      return (
        <>
          <TextField
            field="address"
            label={t('wizard:field.address')}
            fault={faults.address}
            value={draft.address}
            onChange={(address) => changeDraft({ address })}
          />
          <NameField draft={draft} fault={faults.name} />
        </>
      )
  }
}

interface OneFieldProps {
  draft: Draft
  fault: string | undefined
}

function TemplateField({ draft, fault }: OneFieldProps) {
  const used = usePanel(backendsOf).map(({ backend }) => backend)
  const free = BUILTIN_NAMES.filter((name) => !used.includes(name))
  if (free.length === 0) return <p className="small ink-2">{t('wizard:all_used')}</p>
  return (
    <SelectField
      field="template"
      label={t('wizard:field.template')}
      fault={fault}
      value={free.find((name) => name === draft.template) ?? ''}
      options={free.map((value) => ({ value, words: value }))}
      onChange={(template) => changeDraft({ template })}
    />
  )
}

function NameField({ draft, fault }: OneFieldProps) {
  return (
    <TextField
      field="name"
      label={t('wizard:field.name')}
      fault={fault}
      value={draft.name}
      onChange={(name) => changeDraft({ name })}
    />
  )
}

interface PortFieldProps extends OneFieldProps {
  look: Look<PortReport>
  configured: readonly Configured[]
}

function PortField({ draft, fault, look, configured }: PortFieldProps) {
  const report = look.phase === 'found' ? look.value : null
  const suggestion = report?.suggestion ?? null
  const used = configured.some(({ port }) => String(port) === draft.port)
  const other =
    suggestion !== null || !used ? suggestion : freePortFor(configured, Number(draft.port))
  return (
    <TextField
      field="port"
      label={t('wizard:field.port')}
      fault={fault ?? (look.phase === 'failed' ? look.reason : undefined)}
      value={draft.port}
      isShort
      onChange={(port) => changeDraft({ port })}
    >
      {fault === undefined && report?.verdict === 'free' && (
        <span className="small ok no-wrap">✓ {t('wizard:port_free')}</span>
      )}
      {fault !== undefined && other !== null && (
        <Button onClick={() => changeDraft({ port: String(other) })}>
          {t('wizard:use_port', { port: other })}
        </Button>
      )}
    </TextField>
  )
}
