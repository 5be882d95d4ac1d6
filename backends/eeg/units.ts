/** Spellings of voltage units in EDF headers, column names and requests. */

import type { EegUnit } from '../../protocol/eeg_input.ts'

export const MICROVOLTS_PER_UNIT: Record<EegUnit, number> = { nV: 1e-3, uV: 1, mV: 1e3, V: 1e6 }
export type VoltageUnit = EegUnit

/** Lower-case micro: U+00B5, U+03BC, both as UTF-8 read as Latin-1, 0xE6 of code page 437, replacement character. */
const MICRO = /\u00e2\u00b5|\u00ee\u00bc|[\u00b5\u03bc\u00e6\ufffd]|micro/g

/** EDF fields have eight characters, which truncates `microvolts`. */
const VOLTAGE = /^([num]?)v(?:o(?:l(?:ts?)?)?)?(?:rms)?$/
/** `10^-6 V` and `1e-6 V`, without the characters that `voltageUnitOf` drops. */
const POWERS = [
  [/^(?:1?e|(?:1[*x])?10\^?)0?3(?=v)/, 'm'],
  [/^(?:1?e|(?:1[*x])?10\^?)0?6(?=v)/, 'u'],
  [/^(?:1?e|(?:1[*x])?10\^?)0?9(?=v)/, 'n'],
] as const
const CHINESE = { 纳伏: 'nv', 微伏: 'uv', 毫伏: 'mv', 伏特: 'v', 伏: 'v' }

/** Voltage unit named by a text, such as `uV.`, `microVolt` or `mV`; null for any other text. */
export function voltageUnitOf(text: string): VoltageUnit | null {
  const spelled = Object.entries(CHINESE).reduce((all, [word, v]) => all.replace(word, v), text)
  const bare = POWERS.reduce((all, [power, prefix]) => all.replace(power, prefix), plain(spelled))
  const prefix = VOLTAGE.exec(bare)?.[1]
  return prefix === undefined ? null : (`${prefix}V` as VoltageUnit)
}

const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/[\s._[\](){}（）-]/g, '')
    .replace(MICRO, 'u')
    .replace('milli', 'm')
    .replace('nano', 'n')

/** A stated unit of values: `Units: mV`, `amplitude in microvolts`. */
const STATED_UNIT =
  /(?:\b(?:units?|amplitudes?|values?|data|signals?|eeg|exg|voltages?)\b|单位|幅值|电压)[^:=,;]{0,24}?(?:[:=,：]|\bin\b|[[(（])["'\s]*([\p{L}\d\u00b5^.*-]+(?:\s?v(?:olts?)?\b)?)/giu

/** The unit stated for the values; null if there is none. */
export function statedUnitOf(lines: readonly string[]): VoltageUnit | null {
  for (const line of lines) {
    for (const [, word = ''] of line.matchAll(STATED_UNIT)) {
      const unit = voltageUnitOf(word)
      if (unit !== null) return unit
    }
  }
  return null
}

/** Non-voltage units behind column names. */
const OTHER_UNIT =
  /^(s|sec|seconds?|ms|msec|milliseconds?|us|\u00b5s|\u03bcs|usec|microseconds?|ns|nanoseconds?|min|mins|minutes?|h|hours?|days?|秒|毫秒|微秒|分|分钟|小时|hz|g|m\/s\^?2|deg\/s|dps|%|°c|c|degc|ohms?|k?Ω|kohms?|bpm|mmhg|cmh2o|lux|a\.?u\.?|n\/a|none|-|h?h:m?m(?::s?s(?:[.,]\w+)?)?)$/i

/** Splits name and unit: `Fp1 [uV]`, `Fp1 (mV)`, `Fp1/uV` and `Fp1_uV`. */
export function splitUnit(label: string): { name: string; unit: string | null } {
  const bracketed = /^(.*?)\s*[[({（]\s*([^\])}）]*?)\s*[\])}）]$/.exec(label)
  const inBrackets = bracketed?.[2] ?? ''
  if (isUnit(inBrackets)) return { name: (bracketed?.[1] ?? '').trim(), unit: inBrackets }
  // "Fp1 (10 kOhm V)" must not end with the unit "V)".
  const suffixed = /^([^[({（]*?)[\s_/,;:-]+([^\s-]+)$/.exec(label)
  const suffix = suffixed?.[2] ?? ''
  // A single V or s may be part of the name, and a hyphen may precede a reference.
  const isHyphen = label.slice(suffixed?.[1]?.length ?? 0).startsWith('-')
  if (suffix.length > 1 && (isHyphen ? voltageUnitOf(suffix) !== null : isUnit(suffix)))
    return { name: suffixed?.[1] ?? '', unit: suffix }
  return { name: label, unit: null }
}

/** Strips a voltage unit; `EEG(sec)` is a name. */
export function withoutVoltage(label: string): string {
  const { name, unit } = splitUnit(label.trim())
  return unit !== null && voltageUnitOf(unit) !== null ? name : label.trim()
}

export const isUnit = (text: string): boolean =>
  voltageUnitOf(text) !== null || OTHER_UNIT.test(text.replace(/[[\](){}（）]/g, '').trim())
