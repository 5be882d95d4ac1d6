import { expect, test } from 'vitest'
import { chipsThatFit } from './source_chips.tsx'

test.each([
  ['all stay while the row has room for them', [40, 60, 60], 172, { amount: 3, width: null }],
  ['the last are folded where one pixel is missing', [40, 60, 60], 171, { amount: 2, width: 106 }],
  ['the fold itself needs room', [40, 60, 60], 155, { amount: 1, width: 40 }],
  ['a row without room for one folds all', [40, 60], 50, { amount: 0, width: 0 }],
  ['a row that was not laid out yet shows all', [0, 0], 0, { amount: 2, width: null }],
  ['no chips need no fold', [], 10, { amount: 0, width: null }],
])('%s', (_title, widths, room, fit) => {
  expect(chipsThatFit(widths, room)).toEqual(fit)
})
