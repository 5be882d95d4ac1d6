import { useEffect } from 'react'
import type { OnnxHeader } from '../../../protocol/models.ts'
import { desktopBridge } from '../../api/shell.ts'
import { number } from '../../format/number.ts'
import { t } from '../../i18n/i18n.ts'
import { controlOf, Field, SelectField, TextField, TextInput, type FaultText } from './field.tsx'
import { modelFacts } from './model_facts.ts'
import {
  factsOf,
  linesOf,
  onnxValues,
  RANGES,
  type OnnxDraft,
  type OnnxValues,
} from './onnx_draft.ts'
import { useModelLook, type Look } from './use_looks.ts'
import { changeOnnx, noteFacts } from './wizard_store.ts'
import { Button } from '../../components/button.tsx'

const RANGE_NAMES = [...(Object.keys(RANGES) as (keyof typeof RANGES)[]), 'custom'] as const
const COLOURS = ['rgb', 'bgr', 'grey'] as const
const FITS = ['stretch', 'cover', 'letterbox'] as const
const LAYOUTS = ['nchw', 'nhwc'] as const
const ACTIVATIONS = ['softmax', 'sigmoid', 'none'] as const
const OUTPUTS = ['classification', 'detection'] as const
const LABEL_SOURCES = ['list', 'file', 'none'] as const

interface OnnxFieldsProps {
  draft: OnnxDraft
  faults: FaultText
}

export function OnnxFields({ draft, faults }: OnnxFieldsProps) {
  const look = useModelLook(draft.model)
  const header = look.phase === 'found' ? look.value : null
  useEffect(() => {
    if (header !== null) noteFacts(modelFacts(draft.model.trim(), header))
  }, [draft.model, header])
  const facts = factsOf(draft)
  const isRead = facts !== null && facts.problem === null
  return (
    <>
      <ModelField draft={draft} fault={faults.model} />
      <ModelLook look={look} />
      {isRead && <ReadFields draft={draft} faults={faults} values={onnxValues(draft)} />}
    </>
  )
}

function ModelField({ draft, fault }: { draft: OnnxDraft; fault: string | undefined }) {
  const bridge = desktopBridge()
  const choose = async () => {
    const chosen = await bridge?.chooseModel()
    if (chosen !== null && chosen !== undefined) changeOnnx({ model: chosen })
  }
  return (
    <TextField
      field="model"
      label={t('wizard:field.model')}
      fault={fault}
      value={draft.model}
      placeholder={t(bridge === null ? 'wizard:model_path' : 'wizard:model_path_or_drop')}
      onChange={(model) => changeOnnx({ model })}
    >
      {bridge !== null && (
        <Button size="medium" onClick={() => void choose()}>
          {t('wizard:choose_model')}
        </Button>
      )}
    </TextField>
  )
}

function ModelLook({ look }: { look: Look<OnnxHeader> }) {
  switch (look.phase) {
    case 'none':
      return null
    case 'waiting':
      return <p className="small ink-3 wizard-note">{t('words:checking')}</p>
    case 'failed':
      return (
        <p className="small stop wizard-note" role="alert">
          {look.reason}
        </p>
      )
    case 'found': {
      const { inputs, outputs, opsets, nodes } = look.value
      return (
        <p className="small ink-2 wizard-note">
          {t('wizard:reads_as', {
            inputs: portsOf(inputs),
            outputs: portsOf(outputs),
            opset: opsets[0]?.version ?? '?',
            nodes: number(nodes),
          })}
        </p>
      )
    }
  }
}

function portsOf(ports: OnnxHeader['inputs']): string {
  return ports
    .map(({ type, shape }) => `${type ?? '?'} ${shape.map((size) => size ?? '?').join(' × ')}`)
    .join(', ')
}

function ReadFields({ draft, faults, values }: OnnxFieldsProps & { values: OnnxValues }) {
  const { tensor, output, layout, range, colour, fit } = values
  const outputs = draft.facts?.outputs ?? []
  return (
    <>
      {outputs.length > 1 && (
        <SelectField
          field="tensor"
          label={t('wizard:field.tensor')}
          fault={faults.tensor}
          value={tensor.value}
          options={outputs.map(({ name }) => ({ value: name, words: name }))}
          onChange={(name) => changeOnnx({ tensor: name })}
        />
      )}
      <ChoiceField
        field="output"
        {...{ faults, choice: output, all: OUTPUTS }}
        words={(value) => outputText(value, values.classes)}
      />
      {output.value === 'classification' && (
        <ChoiceField
          field="activation"
          {...{ faults, choice: values.activation, all: ACTIVATIONS }}
          words={(value) => t(`wizard:activation.${value}`)}
        />
      )}
      <ChoiceField
        field="layout"
        {...{ faults, choice: layout, all: LAYOUTS }}
        words={(value) => t(`wizard:layout.${value}`)}
      />
      <SizeField draft={draft} fault={faults.size} size={values.size} />
      <ChoiceField
        field="range"
        {...{ faults, choice: range, all: RANGE_NAMES }}
        words={(value) => t(`wizard:range.${value}`)}
      />
      {range.value === 'custom' && <CustomRange draft={draft} />}
      <ChoiceField
        field="colour"
        {...{ faults, choice: colour, all: COLOURS }}
        words={(value) => t(`wizard:colour.${value}`)}
      />
      <ChoiceField
        field="fit"
        {...{ faults, choice: fit, all: FITS }}
        words={(value) => t(`wizard:fit.${value}`)}
      />
      <LabelFields draft={draft} fault={faults.labels} values={values} />
      {output.value === 'classification' && (
        <TextField
          field="top"
          label={t('wizard:field.top')}
          fault={faults.top}
          value={draft.top}
          isShort
          onChange={(top) => changeOnnx({ top })}
        >
          <span className="small ink-3">{t('wizard:top_hint')}</span>
        </TextField>
      )}
    </>
  )
}

interface ChoiceFieldProps<T extends string> {
  field: 'output' | 'activation' | 'layout' | 'range' | 'colour' | 'fit'
  faults: FaultText
  choice: { value: NoInfer<T> | ''; from: OnnxValues['layout']['from'] }
  all: readonly T[]
  words(value: NoInfer<T>): string
}

/** What the file states cannot be chosen, except for output and fit. */
function ChoiceField<T extends string>(props: ChoiceFieldProps<T>) {
  const { field, faults, choice, all, words } = props
  return (
    <SelectField
      field={field}
      label={t(`wizard:field.${field}`)}
      fault={faults[field]}
      from={choice.from}
      isFixed={choice.from === 'file' && field !== 'output' && field !== 'fit'}
      value={choice.value}
      options={all.map((value) => ({ value, words: words(value) }))}
      onChange={(value) => changeOnnx({ [field]: value })}
    />
  )
}

function outputText(output: (typeof OUTPUTS)[number], classes: number | null): string {
  const words = t(`wizard:field.${output}`)
  return classes === null ? words : t('wizard:output_classes', { words, count: classes })
}

interface SizeFieldProps {
  draft: OnnxDraft
  fault: string | undefined
  size: OnnxValues['size']
}

function SizeField({ draft, fault, size: { value, from } }: SizeFieldProps) {
  const isFixed = from === 'file'
  return (
    <Field field="size" label={t('wizard:field.size')} fault={fault} from={from}>
      <TextInput
        {...controlOf('size', fault)}
        className="wizard-number"
        inputMode="numeric"
        placeholder={t('wizard:width')}
        aria-label={t('wizard:width')}
        value={value.width}
        disabled={isFixed}
        onText={(width) => changeOnnx({ width })}
      />
      ×
      <TextInput
        className="wizard-number"
        inputMode="numeric"
        placeholder={t('wizard:height')}
        aria-label={t('wizard:height')}
        aria-invalid={fault === undefined ? undefined : true}
        value={value.height}
        disabled={isFixed}
        onText={(height) => changeOnnx({ height })}
      />
      <span className="small ink-3">{t('wizard:pixels')}</span>
      {!isFixed && draft.width !== '' && draft.height === '' && (
        <Button onClick={() => changeOnnx({ height: draft.width })}>
          {t('wizard:square', { side: draft.width })}
        </Button>
      )}
    </Field>
  )
}

function CustomRange({ draft }: { draft: OnnxDraft }) {
  const fields = [
    ['divideBy', t('wizard:divide_by')],
    ['mean', t('wizard:mean')],
    ['std', t('wizard:std')],
  ] as const
  return (
    <div className="wizard-custom">
      {fields.map(([key, label]) => (
        <label key={key} className="small">
          {label}
          <TextInput value={draft[key]} onText={(text) => changeOnnx({ [key]: text })} />
        </label>
      ))}
    </div>
  )
}

interface LabelFieldsProps {
  draft: OnnxDraft
  fault: string | undefined
  values: OnnxValues
}

function LabelFields({ draft, fault, values }: LabelFieldsProps) {
  const { labelsFrom, labels } = values
  return (
    <>
      <SelectField
        field="labels"
        label={t('wizard:field.labels')}
        fault={fault}
        from={labelsFrom.from}
        value={labelsFrom.value}
        options={LABEL_SOURCES.map((value) => ({ value, words: t(`wizard:labels.${value}`) }))}
        onChange={(value) => changeOnnx({ labelsFrom: value, ...ownList(draft, value, labels) })}
      />
      {labelsFrom.value === 'list' && (
        <div className="wizard-under">
          <textarea
            className="field"
            rows={4}
            spellCheck={false}
            aria-label={t('wizard:labels.list')}
            placeholder={t('wizard:labels_hint')}
            value={labelsFrom.from === 'file' ? labels.join('\n') : draft.labels}
            onChange={(event) => changeOnnx({ labelsFrom: 'list', labels: event.target.value })}
          />
          <span className="caption ink-3">
            {t('wizard:labels_count', {
              count: labelsFrom.from === 'file' ? labels.length : linesOf(draft.labels).length,
            })}
          </span>
        </div>
      )}
      {labelsFrom.value === 'file' && (
        <div className="wizard-under">
          <TextInput
            aria-label={t('wizard:labels.file')}
            placeholder={t('wizard:labels_path')}
            value={draft.labelsFile}
            onText={(labelsFile) => changeOnnx({ labelsFile })}
          />
        </div>
      )}
      {labelsFrom.value === 'none' && (
        <p className="caption ink-3 wizard-note">{t('wizard:labels_unverified')}</p>
      )}
    </>
  )
}

function ownList(
  draft: OnnxDraft,
  chosen: OnnxDraft['labelsFrom'],
  labels: readonly string[],
): Partial<OnnxDraft> {
  return chosen === 'list' && draft.labels === '' ? { labels: labels.join('\n') } : {}
}
