/** Eye-tracker samples: eight numbers that the platform does not document. Measured only if columns are mapped. */

export const EYETRACK_COLUMNS = ['gaze_x', 'gaze_y', 'pupil', 'validity'] as const
export type EyetrackColumn = (typeof EYETRACK_COLUMNS)[number]

/** Column of each quantity; unmapped ones are absent. */
export type ColumnMap = Partial<Record<EyetrackColumn, number>>

export interface EyetrackMeasures {
  samples: number
  /** Share of samples without a valid gaze; null if `validity` is not mapped. */
  dropout_share: number | null
  /** Dropouts of 0.05 to 0.5 s per minute, counted as blinks; null without `validity` or time. */
  blinks_per_min: number | null
  /** Median distance from the median point, in the tracker's unit; null without gaze columns. */
  gaze_dispersion: number | null
}

/** Shorter dropouts are noise, longer ones looking away or shut eyes. */
const BLINK_S = { min: 0.05, max: 0.5 } as const

/** Parses "gaze_x=0,gaze_y=1,validity=7". Throws naming the invalid part. */
export function parseColumnMap(text: string): ColumnMap {
  const map: ColumnMap = {}
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [name = '', index = ''] = part.split('=').map((one) => one.trim())
    const column = EYETRACK_COLUMNS.find((one) => one === name)
    if (column === undefined || !/^[0-7]$/.test(index)) {
      throw new Error(
        `eyetrack_columns: "${part.trim()}" is not NAME=INDEX; names are ${EYETRACK_COLUMNS.join(', ')}, an index is 0-7`,
      )
    }
    map[column] = Number(index)
  }
  return map
}

/** `elapsedS` is the duration of the window; null if unknown. */
export function measureEyetrack(
  samples: readonly (readonly number[])[],
  columns: ColumnMap,
  elapsedS: number | null,
): EyetrackMeasures {
  const { validity, gaze_x: gazeX, gaze_y: gazeY } = columns
  const isValid = samples.map((sample) => validity === undefined || (sample[validity] ?? 0) > 0)
  const valid = samples.filter((_, index) => isValid[index])
  const isTimed = elapsedS !== null && elapsedS > 0 && samples.length > 0
  return {
    samples: samples.length,
    dropout_share:
      validity === undefined || samples.length === 0 ? null : 1 - valid.length / samples.length,
    blinks_per_min:
      validity === undefined || !isTimed
        ? null
        : (blinksOf(isValid, elapsedS / samples.length) * 60) / elapsedS,
    gaze_dispersion:
      gazeX === undefined || gazeY === undefined || valid.length === 0
        ? null
        : dispersionOf(valid.map((sample) => [sample[gazeX] ?? 0, sample[gazeY] ?? 0])),
  }
}

function blinksOf(isValid: readonly boolean[], sampleS: number): number {
  let blinks = 0
  let run = 0
  for (const one of [...isValid, true]) {
    if (!one) {
      run++
      continue
    }
    const lasted = run * sampleS
    if (lasted >= BLINK_S.min && lasted <= BLINK_S.max) blinks++
    run = 0
  }
  return blinks
}

function dispersionOf(points: readonly (readonly [number, number])[]): number {
  const centreX = median(points.map(([x]) => x))
  const centreY = median(points.map(([, y]) => y))
  return median(points.map(([x, y]) => Math.hypot(x - centreX, y - centreY)))
}

/** Mean of the two middle values for an even count. 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
