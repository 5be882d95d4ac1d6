/** ONNX part of the wizard: facts of the file, the user's choices, and the resulting keys. */
import { channelsOf, fixedSize, type ModelFacts } from './model_facts.ts'

export const RANGES = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  unit: {},
  symmetric: { mean: 0.5, std: 0.5 },
  raw: { divide_by: 1 },
} as const
export type RangePreset = keyof typeof RANGES

export interface OnnxDraft {
  model: string
  facts: ModelFacts | null
  /** Here and below, empty means not chosen. */
  tensor: string
  output: '' | 'classification' | 'detection'
  /** Turns classification scores into probabilities. */
  activation: '' | 'softmax' | 'sigmoid' | 'none'
  width: string
  height: string
  layout: '' | 'nchw' | 'nhwc'
  range: '' | RangePreset | 'custom'
  divideBy: string
  mean: string
  std: string
  colour: '' | 'rgb' | 'bgr' | 'grey'
  fit: '' | 'stretch' | 'cover' | 'letterbox'
  labelsFrom: '' | 'list' | 'file' | 'none'
  labels: string
  labelsFile: string
  top: string
}

export const NEW_ONNX_DRAFT: OnnxDraft = {
  model: '',
  facts: null,
  tensor: '',
  output: '',
  activation: '',
  width: '',
  height: '',
  layout: '',
  range: '',
  divideBy: '255',
  mean: '0',
  std: '1',
  colour: '',
  fit: '',
  labelsFrom: '',
  labels: '',
  labelsFile: '',
  top: '5',
}

export type ValueSource = 'file' | 'preset' | 'person' | null

interface Sourced<T> {
  value: T
  from: ValueSource
}

export interface OnnxValues {
  tensor: Sourced<string>
  output: Sourced<OnnxDraft['output']>
  activation: Sourced<OnnxDraft['activation']>
  classes: number | null
  size: Sourced<{ width: string; height: string }>
  layout: Sourced<OnnxDraft['layout']>
  range: Sourced<OnnxDraft['range']>
  colour: Sourced<OnnxDraft['colour']>
  fit: Sourced<OnnxDraft['fit']>
  labelsFrom: Sourced<OnnxDraft['labelsFrom']>
  labels: readonly string[]
}

/** Values in effect: those of the file are fixed, others come from the user or the preset. */
export function onnxValues(draft: OnnxDraft): OnnxValues {
  const facts = factsOf(draft)
  const [first, ...others] = facts?.outputs ?? []
  const tensor = fixedOr(
    first !== undefined && others.length === 0 ? first.name : null,
    draft.tensor,
  )
  const read = facts?.outputs.find(({ name }) => name === tensor.value)
  const layout = fixedOr(facts?.layout ?? null, draft.layout)
  const known = layout.value === '' ? null : layout.value
  const fixed = fixedSize(facts?.axes ?? null, known)
  const channels = channelsOf(facts?.axes ?? null, known)
  const range = fixedOr<OnnxDraft['range']>(facts?.isBytes === true ? 'raw' : null, draft.range)
  const isImagenet = range.value === 'imagenet'
  const hasOwnLabels = (facts?.labels ?? null) !== null && draft.labelsFrom === ''
  return {
    tensor,
    output: chosenOr(draft.output, read?.output ?? null, 'file'),
    activation: fixedOr<OnnxDraft['activation']>(
      read?.isActivated === true ? 'none' : null,
      draft.activation,
    ),
    classes: read?.classes ?? null,
    size: fixedOr(
      fixed && { width: String(fixed.width), height: String(fixed.height) },
      { width: draft.width, height: draft.height },
      ({ width, height }) => width === '' && height === '',
    ),
    layout,
    range,
    colour:
      channels === 1
        ? { value: 'grey', from: 'file' }
        : chosenOr(draft.colour, isImagenet ? 'rgb' : null, 'preset'),
    fit: chosenOr(draft.fit, isImagenet ? 'cover' : null, 'preset'),
    labelsFrom: hasOwnLabels
      ? { value: 'list', from: 'file' }
      : { value: draft.labelsFrom, from: draft.labelsFrom === '' ? null : 'person' },
    labels: hasOwnLabels ? (facts?.labels ?? []) : linesOf(draft.labels),
  }
}

export function factsOf({ model, facts }: OnnxDraft): ModelFacts | null {
  return facts?.path === model.trim() ? facts : null
}

function fixedOr<T>(
  fixed: T | null,
  chosen: T,
  isEmpty: (value: T) => boolean = (value) => value === '',
): Sourced<T> {
  if (fixed !== null) return { value: fixed, from: 'file' }
  return { value: chosen, from: isEmpty(chosen) ? null : 'person' }
}

function chosenOr<T extends string>(chosen: T, usual: T | null, from: ValueSource): Sourced<T> {
  if (chosen !== '') return { value: chosen, from: 'person' }
  return usual === null ? { value: chosen, from: null } : { value: usual, from }
}

/** A pasted list: one per line, or comma-separated on one line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const filled = lines.filter((line) => line !== '')
  const [only = ''] = filled
  if (filled.length !== 1 || !only.includes(',')) return filled
  return only.split(',').flatMap((label) => (label.trim() === '' ? [] : [label.trim()]))
}

export const ONNX_FIELDS = [
  ...(['model', 'tensor', 'output', 'activation', 'layout', 'size', 'range'] as const),
  ...(['colour', 'fit', 'labels', 'top'] as const),
]
export type OnnxField = (typeof ONNX_FIELDS)[number]

export type OnnxFault =
  | 'missing'
  /** The file is not read yet, or unreadable. */
  | 'unread'
  | 'inputs'
  | 'axes'
  | 'size'
  | 'numbers'
  | 'three_for_grey'
  | 'label_count'
  | 'top'

const SIDE_MAX = 4096
const TOP_MAX = 1000

export function onnxFaults(draft: OnnxDraft): Partial<Record<OnnxField, OnnxFault>> {
  if (draft.model.trim() === '') return { model: 'missing' }
  const facts = factsOf(draft)
  if (facts === null) return { model: 'unread' }
  if (facts.problem !== null) return { model: facts.problem }
  const values = onnxValues(draft)
  const { tensor, output, layout, size, range, colour, fit } = values
  const faults: Partial<Record<OnnxField, OnnxFault | null>> = {
    tensor: missing(tensor.from),
    output: missing(output.from),
    activation: output.value === 'classification' ? missing(values.activation.from) : null,
    layout: missing(layout.from),
    size: size.from === null ? 'missing' : isSize(size.value) ? null : 'size',
    range: range.from === null ? 'missing' : rangeFault(draft, range.value, colour.value),
    colour: missing(colour.from),
    fit: missing(fit.from),
    labels: labelsFault(draft, values),
    top: output.value === 'detection' || isWhole(draft.top, TOP_MAX) ? null : 'top',
  }
  const found = Object.entries(faults).filter(([, fault]) => fault !== null)
  return Object.fromEntries(found)
}

const missing = (from: ValueSource) => (from === null ? 'missing' : null)

const isSize = ({ width, height }: { width: string; height: string }) =>
  isWhole(width, SIDE_MAX) && isWhole(height, SIDE_MAX)

const isWhole = (text: string, most: number) =>
  /^\d{1,6}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most

function rangeFault(
  draft: OnnxDraft,
  range: OnnxDraft['range'],
  colour: OnnxDraft['colour'],
): OnnxFault | null {
  if (range === 'imagenet' && colour === 'grey') return 'three_for_grey'
  if (range !== 'custom') return null
  const [divideBy, mean, std] = [draft.divideBy, draft.mean, draft.std].map(numbersOf)
  const isGood =
    divideBy?.length === 1 &&
    Number(divideBy[0]) > 0 &&
    isForChannels(mean) &&
    isForChannels(std) &&
    std.every((value) => value !== 0)
  if (!isGood) return 'numbers'
  return colour === 'grey' && mean.length + std.length > 2 ? 'three_for_grey' : null
}

const isForChannels = (values: readonly number[] | null | undefined): values is number[] =>
  values?.length === 1 || values?.length === 3

/** "0.5" or "0.485, 0.456, 0.406"; null for anything else. */
function numbersOf(text: string): number[] | null {
  const parts = text
    .replaceAll(/[[\]]/g, '')
    .split(/[,\s]+/)
    .filter((part) => part !== '')
  const numbers = parts.map(Number)
  return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : null
}

function labelsFault(draft: OnnxDraft, { labelsFrom, labels, classes }: OnnxValues) {
  switch (labelsFrom.value) {
    case '':
      return 'missing'
    case 'none':
      return null
    case 'file':
      return draft.labelsFile.trim() === '' ? 'missing' : null
    case 'list':
      if (labels.length === 0) return 'missing'
      return classes !== null && labels.length !== classes ? 'label_count' : null
  }
}

/** Model keys of the section. Omits defaults that the user did not choose. */
export function onnxKeys(draft: OnnxDraft): Record<string, unknown> {
  const values = onnxValues(draft)
  const { output, activation, tensor, labelsFrom } = values
  const hasChoice = (factsOf(draft)?.outputs.length ?? 1) > 1
  return {
    model: draft.model.trim(),
    preprocess: preprocessKeys(draft, values),
    ...(labelsFrom.value === 'list' && values.labels.length > 0 && { labels: [...values.labels] }),
    ...(labelsFrom.value === 'file' && { labels: draft.labelsFile.trim() }),
    output: {
      type: output.value === '' ? 'classification' : output.value,
      ...(hasChoice && tensor.value !== '' && { tensor: tensor.value }),
      ...(output.value !== 'detection' && {
        ...(activation.value !== '' && { activation: activation.value }),
        top: Number(draft.top),
      }),
    },
  }
}

function preprocessKeys(draft: OnnxDraft, { size, layout, range, colour, fit }: OnnxValues) {
  const { width, height } = size.value
  return {
    // A size fixed by the file would be redundant.
    ...(size.from === 'person' && isSize(size.value) && { size: [Number(width), Number(height)] }),
    ...(fit.value !== '' && { fit: fit.value }),
    ...(colour.value !== '' && { colour: colour.value }),
    ...(layout.value !== '' && { layout: layout.value }),
    ...(range.from === 'person' && rangeKeys(draft, range.value)),
  }
}

function rangeKeys(draft: OnnxDraft, range: OnnxDraft['range']): object {
  if (range === '') return {}
  // Written out, so that the file shows the preprocessing.
  if (range !== 'custom') return { divide_by: 255, ...RANGES[range] }
  return {
    divide_by: Number(draft.divideBy),
    mean: oneOrMany(numbersOf(draft.mean)),
    std: oneOrMany(numbersOf(draft.std)),
  }
}

const oneOrMany = (values: number[] | null) => (values?.length === 1 ? values[0] : values)
