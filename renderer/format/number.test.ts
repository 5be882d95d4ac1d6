import { describe, expect, test } from 'vitest'
import { count, fileSize, memory, mibValue, ms, msValue, number, percent } from './number.ts'
import { MIB } from '../../protocol/bytes.ts'

describe('milliseconds have one decimal below 100, none above, and turn into seconds at 10,000', () => {
  test.each([
    [0, '0.0 ms'],
    [6.38, '6.4 ms'],
    [99.94, '99.9 ms'],
    [99.96, '100 ms'],
    [140.9, '141 ms'],
    [9999, '9,999 ms'],
    [10_000, '10.0 s'],
    [184_930, '184.9 s'],
  ])('%d reads as %s', (value, text) => expect(ms(value)).toBe(text))
  test('a column that names the unit leaves it out', () => expect(msValue(11.9)).toBe('11.9'))
})

describe('a share that is not zero never reads as zero', () => {
  test.each([
    [0, '0 %'],
    [0.00004, '<0.01 %'],
    [0.0004, '0.04 %'],
    [0.0126, '1.3 %'],
    [0.0996, '10 %'],
    [0.126, '13 %'],
    [1, '100 %'],
  ])('%d reads as %s', (share, text) => expect(percent(share)).toBe(text))
})

test('memory is whole MiB with separators, and GiB with one decimal', () => {
  expect(mibValue(1148 * MIB)).toBe('1,148')
  expect(memory(742 * MIB)).toBe('742 MiB')
  expect(memory(2316 * MIB)).toBe('2.3 GiB')
})

test('a file size picks the unit that keeps it short', () => {
  expect(fileSize(12)).toBe('12 bytes')
  expect(fileSize(98_714)).toBe('96.4 KiB')
  expect(fileSize(17.8 * MIB)).toBe('17.8 MiB')
})

test('the minus sign is U+2212', () => expect(number(-0.083, 2)).toBe('\u22120.08'))

test('a count of one has no plural s', () => {
  expect(count(1, 'backend')).toBe('1 backend')
  expect(count(1204, 'line')).toBe('1,204 lines')
})
