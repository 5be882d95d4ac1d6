import { WARNING_CODES, type Warning, type WarningCode, type WarningValue } from './warnings.ts'

/** By code, and by case if a code has several causes; `_one` and `_other` by `count`. */
export const WARNING_TEXTS = {
  sampling_rate_assumed: {
    text: 'The recording states no sampling rate. {{rate}} Hz was assumed; all times and bands depend on it. Set sampling_rate.',
    counter:
      'The recording states no sampling rate, and its time column counts by 1, as sample numbers do. {{rate}} Hz was assumed; all times and bands depend on it. Set sampling_rate.',
    emotiv:
      'The recording states no sampling rate. {{rate}} Hz was assumed; all times and bands depend on it. Its channels are those of the Emotiv EPOC, which records at {{suggested}} Hz. Set sampling_rate.',
  },
  sampling_rate_conflict: {
    request_file:
      'The request states {{used}} Hz, but the file states {{other}} Hz. {{used}} Hz was used; all times and bands depend on it.',
    request_clock:
      'The request states {{used}} Hz, but the time stamps imply {{other}} Hz. {{used}} Hz was used; all times and bands depend on it.',
    file_clock:
      'The file states {{used}} Hz, but its time stamps imply {{other}} Hz. {{used}} Hz was used; all times and bands depend on it.',
  },
  clock_unusable: {
    few: 'The time column cannot be used: its different time stamps are too few ({{stamps}}).',
    unordered: 'The time column cannot be used: its time stamps run back or jump all the time.',
    unknown_unit:
      'The time column cannot be used: its time stamps are {{step}} apart on average, in an unknown unit.',
    no_rate:
      'The time column cannot be used: its time stamps are {{step}} apart on average, which is {{rate}} Hz.',
  },
  recording_gap: {
    clock_one:
      'The time stamps jump at {{count}} place: by {{seconds}} s before sample {{sample}}. The parts were joined; windows over a joint mix both.',
    clock_other:
      'The time stamps jump at {{count}} places, first by {{seconds}} s before sample {{sample}}. The parts were joined; windows over a joint mix both.',
    records:
      'The header calls the file continuous, but record {{record}} begins at {{start}} s, and the one before ends at {{end}} s. The parts were joined; windows over a joint mix both.',
  },
  recording_cut: {
    line: 'The last line of the file (line {{line}}) is incomplete and was left out.',
    records:
      'The {{format}} file is cut off: its header promises {{stated}} records, {{found}} whole ones are there and were read.',
  },
  samples_missing: {
    text_one:
      '{{count}} value is missing. A line between the neighbouring samples was drawn instead.',
    text_other:
      '{{count}} values are missing. Lines between the neighbouring samples were drawn instead; windows with many of them count as artefacts.',
  },
  header_mismatch: {
    records:
      'The {{format}} header states {{stated}} records, but the file holds {{found}}. All {{found}} were read.',
    size: 'The {{format}} header states a size of {{stated}} bytes, but {{signals}} signals take {{found}}. The data was read from byte {{found}}.',
    sixteen_bit:
      'The header is that of a BDF file (24 bit), but size and digital limits are those of 16 bit samples. The samples were read as 16 bit.',
    inverted:
      'The digital minimum of {{names}} is above the maximum. The range was read as it stands, with inverted polarity.',
  },
  unit_assumed: {
    text: 'The file states no unit for its values. Microvolts were assumed; set unit to uV, mV, V or nV.',
  },
  unit_conflict: {
    text: 'The request states {{used}}, but the file states {{other}}. {{used}} was used.',
  },
  amplitude_implausible: {
    text: '{{names}}: an amplitude of {{amplitude}} uV is not one of scalp EEG ({{min}} to {{max}} uV). Check the unit of the values, and set unit to uV, mV, V or nV.',
  },
  channels_unnamed: {
    labels_one:
      'No channel is named after an electrode. {{names}} was analysed as EEG. Set channel_names to the name of its electrode.',
    labels_other:
      'No channel is named after an electrode. {{names}} were analysed as EEG. Set channel_names to the names of their electrodes.',
    position_one:
      'The channel has no name. {{names}} was analysed as EEG. Set channel_names to the name of its electrode.',
    position_other:
      'The channels have no names. {{names}} were analysed as EEG. Set channel_names to the names of their electrodes.',
    format_one:
      'The file has no header; its columns were taken for those of an OpenBCI or BrainFlow recording. {{names}} was analysed as EEG. Set channel_names to the name of its electrode.',
    format_other:
      'The file has no header; its columns were taken for those of an OpenBCI or BrainFlow recording. {{names}} were analysed as EEG. Set channel_names to the names of their electrodes.',
  },
  channels_unknown: {
    text_one:
      '{{names}} is not a known electrode or sensor and was left out. If it is EEG, name its electrode in channel_names.',
    text_other:
      '{{names}} are not known electrodes or sensors and were left out. If they are EEG, name their electrodes in channel_names.',
  },
  channel_duplicate: {
    text_one:
      '{{names}} names a channel that is already in the recording and was left out. Only the first was analysed.',
    text_other:
      '{{names}} name channels that are already in the recording and were left out. Only the first of each was analysed.',
  },
  channel_dead: {
    flat_one: '{{names}} carries no signal and was left out.',
    flat_other: '{{names}} carry no signal and were left out.',
    no_scale_one: '{{names}} has an empty range in the header and was left out.',
    no_scale_other: '{{names}} have an empty range in the header and were left out.',
  },
  classes_unverified: {
    text_one:
      'no labels are set, and output "{{tensor}}" is read as {{count}} class. Set labels, or confirm the number with output.classes: {{count}}',
    text_other:
      'no labels are set, and output "{{tensor}}" is read as {{count}} classes. Set labels, or confirm the number with output.classes: {{count}}',
  },
  activation_unverified: {
    text: 'output "{{tensor}}" has values from 0 to 1 before {{activation}} is applied. If they are probabilities already, set output.activation: none',
  },
} as const satisfies Record<WarningCode, Record<string, string>>

type TextsOf<Code extends WarningCode> = keyof (typeof WARNING_TEXTS)[Code] & string
type CaseOf<Code extends WarningCode> =
  TextsOf<Code> extends infer Key
    ? Key extends `${infer Case}_one` | `${infer Case}_other`
      ? Case
      : Key
    : never

/** `text` is the case of codes with only one. */
export type WarningCase<Code extends WarningCode> = Exclude<CaseOf<Code>, 'text'>

/** A built-in warning with its English message. Rounds values. */
export function makeWarning<Code extends WarningCode>(
  code: Code,
  {
    field,
    ...values
  }: { field?: string; case?: WarningCase<Code> | undefined } & Record<
    string,
    WarningValue | undefined
  >,
): Warning & { code: Code } {
  const known = Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Record<string, WarningValue>
  const text = textOf(WARNING_TEXTS[code], known)
  if (text === null) throw new Error(`no text for the warning ${code}: ${JSON.stringify(known)}`)
  return {
    code,
    message: filled(text, known),
    ...(field === undefined ? {} : { field }),
    ...(Object.keys(known).length === 0 ? {} : { values: known }),
  }
}

export function firstNames(names: readonly string[]): { names: string[]; count: number } {
  const shown = names.slice(0, NAMES_MAX).map((name) => name.slice(0, NAME_LENGTH_MAX) || '-')
  return { names: shown, count: names.length }
}

const NAMES_MAX = 8
const NAME_LENGTH_MAX = 24

/** Such as `recording_cut.line`, without plural ending; null for an unknown code or case, or if values are missing. */
export function warningTextKey({ code, values = {} }: Warning): string | null {
  if (!Object.hasOwn(WARNING_CODES, code)) return null
  const isComplete = textOf(WARNING_TEXTS[code as WarningCode], values) !== null
  return isComplete ? `${code}.${caseOf(values)}` : null
}

const caseOf = (values: Record<string, WarningValue>) =>
  typeof values['case'] === 'string' ? values['case'] : 'text'

const PLACE = /\{\{(\w+)\}\}/g

function textOf(
  texts: Readonly<Record<string, string>>,
  values: Record<string, WarningValue>,
): string | null {
  const own = caseOf(values)
  const keys = [own, `${own}_${values['count'] === 1 ? 'one' : 'other'}`]
  const key = keys.find((one) => Object.hasOwn(texts, one))
  const text = key === undefined ? null : (texts[key] ?? null)
  const isComplete = [...(text ?? '').matchAll(PLACE)].every(
    ([, name = '']) => values[name] !== undefined,
  )
  return isComplete ? text : null
}

function filled(text: string, values: Record<string, WarningValue>): string {
  const count = values['count']
  return text.replace(PLACE, (_, name: string) => {
    const value = values[name]
    if (!Array.isArray(value)) return String(value)
    const more = typeof count === 'number' ? count - value.length : 0
    return `${value.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  })
}
