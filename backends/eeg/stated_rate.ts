/** The sampling rate that a text file states in its comments and in the lines above its header. */

/** `Sample Rate = 250 Hz`, `fs: 500`, `"sfreq": 256`, `sampling rate:eeg_128`. */
const RATE =
  /(?<![a-z])(?:(?:sampl(?:e|es|ing)|output)[\s_-]*(?:rate|freq(?:uency)?)|sampling|sampled at|(?:eeg[\s_-]*)?(?:s(?:ample)?_?rate|sfreq|fs|s_?freq)|^(?:frequency|rate))(?:[\s_]*[([]?\s*hz\s*[)\]]?)?["'\s]*(?:is|of|was|[:=,;\t\s])\s*["']?(?:eeg[_\s]*)?(\d+(?:[.,]\d+)?)\s*(k?hz|sps|samples)?/i
/** `Time:256Hz`, as OpenViBE heads its time column. */
const TIME_HEADER = /\btime:\s*(\d+(?:\.\d+)?)\s*hz/i
/** `SamplingInterval=4000`, in microseconds where no unit follows (BrainVision). */
const INTERVAL =
  /sampl(?:e|ing)[\s_-]*(?:interval|period)(?:[\s_]*[([]?\s*(s|ms|us|\u00b5s)\s*[)\]]?)?["'\s]*[:=]\s*["']?(\d+(?:[.,]\d+)?)\s*(s|sec|ms|us|\u00b5s)?/i

/** Hz; null where no line states a rate. The first line that does counts. */
export function statedRateOf(lines: readonly string[]): number | null {
  for (const line of lines) {
    const rate = rateIn(line)
    if (rate !== null) return rate
  }
  return null
}

function rateIn(line: string): number | null {
  const [, value, unit] = RATE.exec(line) ?? TIME_HEADER.exec(line) ?? []
  if (value !== undefined) {
    // 1,000 is a thousand, 62,5 is not.
    const plain = /^\d{1,3},\d{3}$/.test(value) ? value.replace(',', '') : value.replace(',', '.')
    return Number(plain) * (unit?.toLowerCase() === 'khz' ? 1000 : 1)
  }
  const [, before, interval, behind] = INTERVAL.exec(line) ?? []
  if (interval === undefined) return null
  const step = Number(interval.replace(',', '.'))
  const perSecond = { s: 1, sec: 1, ms: 1e3 }[(before ?? behind ?? 'us').toLowerCase()] ?? 1e6
  return step > 0 ? perSecond / step : null
}
