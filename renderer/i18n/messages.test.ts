import { expect, it } from 'vitest'
import { MESSAGES } from '../../protocol/messages.ts'
import { MESSAGES_ZH } from '../../protocol/messages_zh.ts'

const SOURCES = import.meta.glob<string>(
  [
    '../../{backends,client,config,files,control,electron,gateway,protocol,renderer}/**/*.ts',
    '../../scripts/setup/desktop.mjs',
    '!../../**/*.test.ts',
  ],
  { query: '?raw', import: 'default', eager: true },
)

const valuesOf = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name)

it('both languages fill in the same values', () => {
  const english = new Map(Object.entries(MESSAGES))
  for (const [code, text] of Object.entries(MESSAGES_ZH)) {
    const expected = valuesOf(english.get(code) ?? '')
    expect([code, valuesOf(text).toSorted()]).toEqual([code, expected.toSorted()])
  }
})

it('Chinese texts are Chinese', () => {
  for (const [code, text] of Object.entries(MESSAGES_ZH)) {
    const own = text.replaceAll(/\{\{\w+\}\}/g, '')
    if (/[A-Za-z]/.test(own))
      expect([code, own]).toEqual([code, expect.stringMatching(/[\p{sc=Han}（]/u)])
  }
})

it('every code is used', () => {
  const source = Object.entries(SOURCES)
    .filter(([file]) => !/protocol\/messages(_zh)?\.ts$/.test(file))
    .map(([, text]) => text)
    .join('\n')
  const unused = Object.keys(MESSAGES)
    .map((key) => key.replace(/_(one|other)$/, ''))
    // Codes may be composed: `kind.${type}`.
    .filter(
      (code) => !source.includes(`'${code}'`) && !source.includes(`\`${code.split('.')[0]}.$`),
    )
    .filter((code) => code !== 'joined' && code !== 'either')
  expect(unused).toEqual([])
})
