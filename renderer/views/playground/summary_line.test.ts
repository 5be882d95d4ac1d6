import { expect, test } from 'vitest'
import { summaryLine, type Summary } from './reply_reading.ts'

const summaries = (...texts: string[]) => texts.map((text): Summary => ({ text, tone: 'normal' }))

test.each([
  ['each answer in turn', ['fatigue 0', 'happy 0.88'], 'fatigue 0, happy 0.88'],
  ['equal ones once', ['happy 0.88', 'running', 'running'], 'happy 0.88, running ×2'],
])('it names %s', (_what, texts, line) => expect(summaryLine(summaries(...texts))).toBe(line))
