/** Electrodes of the 10-20, 10-10 and 10-5 systems, their spellings and pairs. */

/** The 14 electrodes of the Emotiv EPOC in the eye state model's order. */
export const EMOTIV_14 = [
  ...['AF3', 'F7', 'F3', 'FC5', 'T7', 'P7', 'O1'],
  ...['O2', 'P8', 'T8', 'FC6', 'F4', 'F8', 'AF4'],
] as const
/** Emotiv EPOC's rate unless set to 256 Hz. */
export const EMOTIV_RATE_HZ = 128

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

/** Pairs for frontal alpha asymmetry. */
export const FRONTAL_PAIRS = HOMOLOGOUS_PAIRS.slice(0, 5)

/** 10-10 rows and positions (Jurcak et al. 2007); T1 and T2 lie below F7 and F8. */
const POSITIONS_10_10: Record<string, string> = {
  N: 'z 1 2',
  Fp: 'z 1 2',
  AF: 'z 1 2 3 4 5 6 7 8 9 10',
  F: 'z 1 2 3 4 5 6 7 8 9 10',
  FT: '7 8 9 10',
  FC: 'z 1 2 3 4 5 6',
  T: '1 2 7 8 9 10',
  C: 'z 1 2 3 4 5 6',
  TP: '7 8 9 10',
  CP: 'z 1 2 3 4 5 6',
  P: 'z 1 2 3 4 5 6 7 8 9 10',
  PO: 'z 1 2 3 4 5 6 7 8 9 10',
  O: 'z 1 2 9 10',
  I: 'z 1 2',
  CB: '1 2',
}
/** Rows between those of the 10-10 system (Oostenveld & Praamstra 2001). */
const ROWS_10_5 = 'NFp AFp AFF FFC FFT FCC FTT FTC CCP TTP TCP CPP TPP PPO POO OI'.split(' ')

/** Names by lower-case spelling. In the 10-5 system an `h` moves an electrode half a step towards the midline. */
const KNOWN_NAMES = new Map(
  [
    ...Object.entries(POSITIONS_10_10).flatMap(([row, positions]) =>
      positions.split(' ').flatMap((position) => [`${row}${position}`, `${row}${position}h`]),
    ),
    ...ROWS_10_5.flatMap((row) => [
      `${row}z`,
      ...Array.from({ length: 10 }, (_, at) => [`${row}${at + 1}`, `${row}${at + 1}h`]).flat(),
    ]),
  ].map((name) => [name.toLowerCase(), name] as const),
)

/** Four temporal electrodes were renamed (American Clinical Neurophysiology Society, Guideline 2). */
const OLD_NAMES: Record<string, string> = { t3: 'T7', t4: 'T8', t5: 'P7', t6: 'P8' }

/** Electrode for a bare name: `FP1` → `Fp1`, `t3` → `T7`; null for any other text. */
export function electrodeNamed(bare: string): string | null {
  const lower = bare.toLowerCase()
  return KNOWN_NAMES.get(lower) ?? OLD_NAMES[lower] ?? null
}
