/** Both languages are complete: the same keys, the same values to fill in, and no key that nothing draws. */
import { describe, expect, it } from 'vitest'
import { en } from './en/index.ts'
import { systemLanguage } from './i18n.ts'
import { zh } from './zh/index.ts'

const SOURCES = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.*', '!../i18n/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

type Words = { readonly [key: string]: string | Words }

/** `backends:row.off` → its words. */
function flat(words: Words, before = ''): [key: string, text: string][] {
  return Object.entries(words).flatMap(([key, value]) => {
    const own = `${before}${key}`
    if (typeof value === 'string') return [[own, value] as [string, string]]
    return flat(value, before === '' ? `${own}:` : `${own}.`)
  })
}

const english = new Map(flat(en))
const chinese = new Map(flat(zh))
const isOneForm = (key: string) => key.endsWith('_one')
const valuesOf = (text: string) => [...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name)

describe('English and Chinese', () => {
  it('have the same keys; of plurals Chinese has one form', () => {
    expect([...chinese.keys()].toSorted()).toEqual(
      [...english.keys()].filter((key) => !isOneForm(key)).toSorted(),
    )
  })

  it('fill in the same values', () => {
    for (const [key, text] of chinese) {
      expect([key, valuesOf(text).toSorted()]).toEqual([
        key,
        valuesOf(english.get(key) ?? '').toSorted(),
      ])
    }
  })

  it('are not empty, and have both plural forms in English', () => {
    for (const [key, text] of [...english, ...chinese]) expect([key, text.trim()]).not.toContain('')
    for (const key of english.keys()) {
      if (isOneForm(key)) expect(english.has(key.replace(/_one$/, '_other'))).toBe(true)
    }
  })

  it('are all drawn somewhere', () => {
    const source = Object.values(SOURCES).join('\n')
    const composed = new Set([...source.matchAll(/`([\w:.]+)\$\{/g)].map(([, start]) => start))
    const unused = [...english.keys()].filter((key) => {
      const plain = key.replace(/_(one|other)$/, '')
      // A key may be put together: `t(`words:state.${state}`)` uses all below it.
      const isComposed = ancestorsOf(plain).some((start) => composed.has(start))
      return !source.includes(`'${plain}'`) && !isComposed
    })
    expect(unused).toEqual([])
  })
})

/** `backends:` and `backends:row.` of `backends:row.off`. */
const ancestorsOf = (key: string) =>
  [...key.matchAll(/[:.]/g)].map(({ index }) => key.slice(0, index + 1))

describe('the language of the system', () => {
  it('is the first that the panel speaks', () => {
    expect(systemLanguage(['de-AT', 'zh-CN', 'en'])).toBe('zh')
    expect(systemLanguage(['en-GB', 'zh'])).toBe('en')
    expect(systemLanguage(['fr'])).toBe('en')
    expect(systemLanguage(['zho'])).toBe('en')
  })
})
