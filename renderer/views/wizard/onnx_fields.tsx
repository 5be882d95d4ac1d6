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
        <p className="small stop wizard-note" role="alert" lang="en">
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
      <SelectField
        field="output"
        label={t('wizard:field.output')}
        fault={faults.output}
        from={output.from}
        value={output.value}
        options={OUTPUTS.map((value) => ({ value, words: outputText(value, values.classes) }))}
        onChange={(value) => changeOnnx({ output: value })}
      />
      {output.value === 'classification' && (
        <SelectField
          field="activation"
          label={t('wizard:field.activation')}
          fault={faults.activation}
          from={values.activation.from}
          isFixed={values.activation.from === 'file'}
          value={values.activation.value}
          options={ACTIVATIONS.map((value) => ({ value, words: t(`wizard:activation.${value}`) }))}
          onChange={(value) => changeOnnx({ activation: value })}
        />
      )}
      <SelectField
        field="layout"
        label={t('wizard:field.layout')}
        fault={faults.layout}
        from={layout.from}
        isFixed={layout.from === 'file'}
        value={layout.value}
        options={LAYOUTS.map((value) => ({ value, words: t(`wizard:layout.${value}`) }))}
        onChange={(value) => changeOnnx({ layout: value })}
      />
      <SizeField draft={draft} fault={faults.size} size={values.size} />
      <SelectField
        field="range"
        label={t('wizard:field.range')}
        fault={faults.range}
        from={range.from}
        isFixed={range.from === 'file'}
        value={range.value}
        options={RANGE_NAMES.map((value) => ({ value, words: t(`wizard:range.${value}`) }))}
        onChange={(value) => changeOnnx({ range: value })}
      />
      {range.value === 'custom' && <CustomRange draft={draft} />}
      <SelectField
        field="colour"
        label={t('wizard:field.colour')}
        fault={faults.colour}
        from={colour.from}
        isFixed={colour.from === 'file'}
        value={colour.value}
        options={COLOURS.map((value) => ({ value, words: t(`wizard:colour.${value}`) }))}
        onChange={(value) => changeOnnx({ colour: value })}
      />
      <SelectField
        field="fit"
        label={t('wizard:field.fit')}
        fault={faults.fit}
        from={fit.from}
        value={fit.value}
        options={FITS.map((value) => ({ value, words: t(`wizard:fit.${value}`) }))}
        onChange={(value) => changeOnnx({ fit: value })}
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
