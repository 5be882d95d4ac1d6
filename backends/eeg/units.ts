/** Units of voltage, as EDF headers, column names and requests spell them. */

/** Each unit under the name that the reply uses. */
export const MICROVOLTS_PER_UNIT = { nV: 1e-3, uV: 1, mV: 1e3, V: 1e6 } as const
export type VoltageUnit = keyof typeof MICROVOLTS_PER_UNIT

/**
 * What stands for micro, in lower case: U+00B5 and U+03BC, both as UTF-8 that was read as Latin-1, the byte 0xE6 of code page 437 read as
 * Latin-1, and the character that replaces an unreadable byte.
 */
const MICRO = /\u00e2\u00b5|\u00ee\u00bc|[\u00b5\u03bc\u00e6\ufffd]|micro/g

const VOLTAGE = /^([num]?)v(?:olts?)?(?:rms)?$/

/** The voltage unit that a text names, such as `uV.`, `microVolt` or `mV`; null for any other text. */
export function voltageUnitOf(text: string): VoltageUnit | null {
  const bare = text
    .toLowerCase()
    .replace(/[\s._[\]()-]/g, '')
    .replace(MICRO, 'u')
    .replace('milli', 'm')
    .replace('nano', 'n')
  const prefix = VOLTAGE.exec(bare)?.[1]
  return prefix === undefined ? null : (`${prefix}V` as VoltageUnit)
}

/** Units of other quantities that appear behind column names. */
const OTHER_UNIT =
  /^(s|sec|seconds?|ms|msec|milliseconds?|us|\u00b5s|\u03bcs|usec|microseconds?|ns|nanoseconds?|hz|g|m\/s\^?2|deg\/s|dps|%|°c|c|degc|ohms?|k?Ω|kohms?|bpm|mmhg|cmh2o|lux|a\.?u\.?|n\/a|none|-)$/i

/** A column name without the unit behind it: `Fp1 [uV]`, `Fp1 (mV)`, `Fp1/uV` and `Fp1_uV`. */
export function splitUnit(label: string): { name: string; unit: string | null } {
  const bracketed = /^(.*?)\s*[[({]\s*([^\])}]*?)\s*[\])}]$/.exec(label)
  const inBrackets = bracketed?.[2] ?? ''
  if (isUnit(inBrackets)) return { name: (bracketed?.[1] ?? '').trim(), unit: inBrackets }
  const suffixed = /^(.*?)[\s_/,;:]+(\S+)$/.exec(label)
  const suffix = suffixed?.[2] ?? ''
  // A lone V or s behind a name may be a letter of the name.
  if (suffix.length > 1 && isUnit(suffix)) return { name: suffixed?.[1] ?? '', unit: suffix }
  return { name: label, unit: null }
}

export const isUnit = (text: string): boolean =>
  voltageUnitOf(text) !== null || OTHER_UNIT.test(text.replace(/[[\](){}]/g, '').trim())
