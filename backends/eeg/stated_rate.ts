/** Sampling rate from comments, pre-header lines and footers of text files. */
import { SAMPLING_RATE_HZ } from './signal.ts'

const NAMES = [
  /(?:sampl(?:e|es|ing)|output|acquisition|recording)[\s_-]*(?:rate|freq(?:uency)?)/,
  /sampling|sampled at|samples per second|abtast(?:rate|frequenz)|采样(?:率|频率)/,
  /(?:eeg[\s_-]*)?(?:s(?:ample)?_?rate|sfreq|f_?s|s_?freq)/,
  // Alone, these words are ambiguous.
  /^(?:frequency|rate)/,
]
const NAME = NAMES.map(({ source }) => source).join('|')
const NUMBER = String.raw`(?<value>\d+(?:[.,]\d+)?(?:e\+?\d)?)`
const SPELLINGS = [
  // `Sample Rate = 250 Hz`, `fs: 500`, `"sfreq": 256`, `sampling rate:eeg_128`, `Sampling rate [kHz]: 0.5`.
  String.raw`(?<![a-z])(?:${NAME})(?:[\s_]*[([]?\s*(?<before>k?hz)\s*[)\]]?)?["'\s]*(?:is|of|was|[:=,;：@\t\s])\s*["']?(?:eeg[_\s]*)?${NUMBER}\s*(?<behind>k?hz|sps)?`,
  // `sampled @ 250 Hz`, `data rate 250 SPS`.
  String.raw`\b(?:sampled|sampling|data rate|acquired)\D{1,12}?${NUMBER}\s*(?<behind>k?hz|sps)\b`,
  // `Time:256Hz`, OpenViBE's time column.
  String.raw`\btime:\s*${NUMBER}\s*(?<behind>k?hz)`,
].map((source) => new RegExp(source, 'i'))

/** `SamplingInterval=4000`, `dt = 0.004`. */
const INTERVAL =
  /(?:sampl(?:e|ing)[\s_-]*(?:interval|period)|^dt)(?:[\s_]*[([]?\s*(?<before>s|ms|us|\u00b5s)\s*[)\]]?)?["'\s]*[:=]\s*["']?(?<value>\d+(?:[.,]\d+)?)\s*(?<behind>s|ms|us|\u00b5s)?/i

/** Hz, from the first line that states a rate; null if there is none. */
export function statedRateOf(lines: readonly string[]): number | null {
  for (const line of lines) {
    const rate = rateIn(line) ?? rateOfInterval(line)
    if (rate !== null) return rate
  }
  return null
}

function rateIn(line: string): number | null {
  for (const spelling of SPELLINGS) {
    const found = spelling.exec(line)?.groups
    if (found === undefined) continue
    const { value = '', before, behind } = found
    // 1,000 is a thousand, 62,5 is a decimal.
    const plain = /^\d{1,3},\d{3}$/.test(value) ? value.replace(',', '') : value.replace(',', '.')
    return Number(plain) * ((behind ?? before)?.toLowerCase() === 'khz' ? 1000 : 1)
  }
  return null
}

const PER_SECOND: Record<string, number> = { s: 1, ms: 1e3, us: 1e6, µs: 1e6 }

/** Microseconds by default, as in BrainVision, unless only another unit gives a valid rate. */
function rateOfInterval(line: string): number | null {
  const { value, before, behind } = INTERVAL.exec(line)?.groups ?? {}
  const step = Number(value?.replace(',', '.') ?? 0)
  if (step === 0) return null
  const unit = (behind ?? before)?.toLowerCase()
  const perSecond = unit === undefined ? [1e6, 1e3, 1] : [PER_SECOND[unit] ?? 1]
  const rates = perSecond.map((one) => Number((one / step).toPrecision(9)))
  const { min, max } = SAMPLING_RATE_HZ
  return unit === undefined
    ? (rates.find((hz) => hz >= min && hz <= max) ?? null)
    : (rates[0] ?? null)
}
