// @vitest-environment happy-dom
import { afterEach, expect, it } from 'vitest'
import { firstNames, makeWarning } from '../../protocol/warning_texts.ts'
import { setLanguage } from '../i18n/i18n.ts'
import { warningMessage } from './warning_message.ts'

afterEach(() => setLanguage('en'))

const dead = makeWarning('channel_dead', {
  case: 'flat',
  ...firstNames(Array.from({ length: 10 }, (_, at) => `E${at}`)),
})
const cut = makeWarning('recording_cut', { case: 'line', line: 12_345 })

it.each([dead, cut, makeWarning('unit_assumed', {})])('in English is $message', (warning) => {
  expect(warningMessage(warning)).toBe(warning.message)
})

it('in Chinese is filled in with the same values', () => {
  setLanguage('zh')
  expect(warningMessage(cut)).toBe('文件的最后一行（第 12345 行）不完整，已忽略。')
  expect(warningMessage(dead)).toBe(
    'E0、E1、E2、E3、E4、E5、E6、E7 及另外 2 个 没有信号，未参与分析。',
  )
})

it('is that of the reply where the panel does not know it, or values are missing', () => {
  setLanguage('zh')
  expect(warningMessage({ code: 'blurred', message: 'the picture is blurred' })).toBe(
    'The picture is blurred.',
  )
  expect(warningMessage({ code: 'recording_cut', message: 'Cut off.' })).toBe('Cut off.')
})
