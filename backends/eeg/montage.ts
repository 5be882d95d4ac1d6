/** Electrode names: what a label means in the 10-10 system, which labels are no EEG, and which electrodes make pairs. */

/** The 14 electrodes of the Emotiv EPOC in the order of the eye state model's training data. */
export const EMOTIV_14 = [
  ...['AF3', 'F7', 'F3', 'FC5', 'T7', 'P7', 'O1'],
  ...['O2', 'P8', 'T8', 'FC6', 'F4', 'F8', 'AF4'],
] as const

/** Left and right electrode at the same place, front to back. */
export const HOMOLOGOUS_PAIRS: readonly (readonly [left: string, right: string])[] = [
  ['Fp1', 'Fp2'],
  ['AF7', 'AF8'],
  ['AF3', 'AF4'],
  ['F7', 'F8'],
  ['F3', 'F4'],
  ['FC5', 'FC6'],
  ['T7', 'T8'],
  ['C3', 'C4'],
  ['TP9', 'TP10'],
  ['P7', 'P8'],
  ['P3', 'P4'],
  ['O1', 'O2'],
]

/** The pairs whose alpha power is compared as frontal asymmetry. */
export const FRONTAL_PAIRS = HOMOLOGOUS_PAIRS.slice(0, 5)

/** Every name of the 10-10 system (Jurcak et al. 2007, table of positions), by its lower-case spelling. */
const KNOWN_NAMES = new Map(
  [
    'Nz Fp1 Fpz Fp2 AF9 AF7 AF5 AF3 AF1 AFz AF2 AF4 AF6 AF8 AF10',
    'F9 F7 F5 F3 F1 Fz F2 F4 F6 F8 F10 FT9 FT7 FC5 FC3 FC1 FCz FC2 FC4 FC6 FT8 FT10',
    'T9 T7 C5 C3 C1 Cz C2 C4 C6 T8 T10 TP9 TP7 CP5 CP3 CP1 CPz CP2 CP4 CP6 TP8 TP10',
    'P9 P7 P5 P3 P1 Pz P2 P4 P6 P8 P10 PO9 PO7 PO5 PO3 POz PO4 PO6 PO8 PO10 O1 Oz O2 I1 Iz I2',
  ].flatMap((row) => row.split(' ').map((name) => [name.toLowerCase(), name] as const)),
)

/** Four temporal electrodes were renamed (American Clinical Neurophysiology Society, Guideline 2). */
const OLD_NAMES: Record<string, string> = { t3: 'T7', t4: 'T8', t5: 'P7', t6: 'P8' }

/** A reference electrode behind a hyphen; any other second part makes the label a bipolar derivation. */
const REFERENCE = /[-_ /](a1a2|a1\+a2|a1|a2|m1m2|m1|m2|le|re|ref|reference|avg|av|car|org|g2)$/i

/** `EEG FP1-Ref` as `Fp1`; null for a label that names no single electrode, such as `Fpz-Cz`. */
export function electrodeOf(label: string): string | null {
  const bare = label
    .trim()
    .replace(/^eeg[\s:._-]*/i, '')
    .replace(REFERENCE, '')
    .replace(/\.+$/, '')
    .trim()
    .toLowerCase()
  return KNOWN_NAMES.get(bare) ?? OLD_NAMES[bare] ?? null
}

/** Names of all channels of a recording. A label that names no electrode stays; a second `Fp1` becomes `Fp1 (2)`. */
export function nameChannels(labels: readonly string[]): string[] {
  const names = labels.map((label) => electrodeOf(label) ?? label.trim())
  const lone = names.indexOf('P')
  // The UCI file writes its P7 as "P"; nothing else can be meant when it is the only one missing of the fourteen.
  if (lone !== -1 && EMOTIV_14.every((name) => name === 'P7' || names.includes(name))) {
    if (!names.includes('P7')) names[lone] = 'P7'
  }
  const seen = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let count = 2; seen.has(unique); count++) unique = `${name} (${count})`
    seen.add(unique)
    return unique
  })
}

/** What a column or signal is, by its label alone. */
export type LabelKind = 'eeg' | 'time' | 'class' | 'other'

const TIME =
  /^(time|timestamps?|t|seconds?|sec|s|ms|date|datetime|clock|elapsed)$|^(time|timestamp)[\s_([]/i
const CLASS =
  /^(eye[\s_]?(detection|state)|class|label|target|y|state|status|stage|events?|markers?|triggers?|stim|annotations?|edf annotations|bdf annotations)$/i
const OTHER =
  /^((sample|row)([\s_]?(index|number|no))?|index|idx|counter|interpolated|battery|packet)$|^(e[ck]g|eog|emg|resp|sao2|spo2|pulse|ppg|gsr|eda|temp|snore|flow|effort|acc|accel|gyro?|mag|cq|quality|other|analog|not used|unused)([\s_:.0-9xyz-]|$)/i

export function kindOfLabel(label: string): LabelKind {
  const bare = label.trim()
  if (electrodeOf(bare) !== null) return 'eeg'
  if (TIME.test(bare)) return 'time'
  if (CLASS.test(bare)) return 'class'
  return OTHER.test(bare) ? 'other' : 'eeg'
}
